#include "web/depot/operator_routes.hpp"

#include <algorithm>
#include <charconv>

#include "web/depot/machine_view.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {

namespace json = boost::json;
using transport::Response;

void OperatorRoutes::open(const char* method, const char* pattern, std::function<Result<Response>(const Call&)> call) {
  router_.add(method, pattern, [call = std::move(call)](const Call& c) { return reply(call(c)); });
}

void OperatorRoutes::read(const char* pattern, Answer call, Role least) {
  router_.add("GET", pattern, [this, call = std::move(call), least](const Call& c) {
    return reply([&]() -> Result<Response> {
      RESUS_TRY(const auto person, sign_in_.who(c.request));
      if (person.role < least) return lacks(least);
      return call(c, person);
    }());
  });
}

void OperatorRoutes::write(const char* method, const char* pattern, Role least, Answer call) {
  if (std::string_view(method) != "POST") return write_secret(method, pattern, least, std::move(call));
  write_secret(method, pattern, least, [this, call = std::move(call)](const Call& c, const Person& person) {
    return once_.answer(c.request, person.name, [&] { return call(c, person); });
  });
}

void OperatorRoutes::write_secret(const char* method, const char* pattern, Role least, Answer call) {
  router_.add(method, pattern, [this, call = std::move(call), least](const Call& c) {
    return reply([&]() -> Result<Response> {
      RESUS_TRY(const auto person, sign_in_.who(c.request));
      RESUS_TRY(SignIn::check_write(c.request, person));
      if (person.role < least) return lacks(least);
      return call(c, person);
    }());
  });
}

Response OperatorRoutes::lacks(Role least) {
  return transport::problem(hw::Code::kUnauthorized, "this needs the role " + std::string(to_string(least)), 403);
}

Response reply_json(const json::value& value, unsigned status) { return json_reply(json::serialize(value), status); }

std::size_t limit_of(const Call& call, std::size_t fallback, std::size_t most) {
  const auto text = call.request.param("limit");
  std::size_t value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<std::size_t>(value, 1, most);
}

json::object entry_object(const TimelineEntry& entry) {
  return {{"t", time_value(entry.t_ms)}, {"actor", entry.actor}, {"action", entry.action}, {"text", entry.text},
          {"machine_id", entry.machine_id}, {"code", entry.code.empty() ? json::value(nullptr) : json::value(entry.code)}};
}

}  // namespace resus::depot
