// Envelopes and permits as they come over the wire. What is accepted must survive being written again.
#include <cstdlib>

#include "imaging/base64.hpp"
#include "imaging/permit.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

void permit_round_trip(std::string_view text) {
  const auto permit = imaging::permit_from_json(text);
  if (!permit) return;
  const auto json = imaging::to_json(permit.value());
  const auto again = imaging::permit_from_json(json);
  if (!again || imaging::to_json(again.value()) != json) std::abort();
}

/// No input is signed by this key, so none may be accepted.
void envelope_is_refused(std::string_view text) {
  static const auto key = imaging::SigningKey::generate().value();
  const auto trusted = key.public_key();
  const auto opened = imaging::open_envelope(text, imaging::Purpose::kPermit, std::span(&trusted, 1),
                                             hw::Code::kPermitSignature);
  if (opened) std::abort();
}

void base64_has_one_spelling(std::string_view text) {
  const auto bytes = imaging::base64_decode(text);
  if (bytes && imaging::base64_encode(bytes.value()) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  permit_round_trip(text);
  envelope_is_refused(text);
  base64_has_one_spelling(text);
  return 0;
}
