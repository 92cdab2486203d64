#include "web/messages/key_handovers.hpp"

#include "web/messages/fields.hpp"

namespace resus::messages {

std::string encode(const KeyHandovers& handovers) {
  boost::json::array list;
  for (const auto& envelope : handovers.envelopes) list.emplace_back(boost::json::object{{"envelope", envelope}});
  return boost::json::serialize(boost::json::object{{"handovers", std::move(list)}});
}

template <>
Result<KeyHandovers> decode<KeyHandovers>(std::string_view body) {
  RESUS_TRY(const auto object, parse_object(body, "keys"));
  Fields fields(object, "keys");
  KeyHandovers handovers;
  fields.objects("handovers", kMaxHandovers, [&](Fields& one) { handovers.envelopes.push_back(one.text("envelope", kLongText)); });
  RESUS_TRY(fields.done());
  return handovers;
}

}  // namespace resus::messages
