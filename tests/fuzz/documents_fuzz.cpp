// The signed documents: evidence records and golden manifests. What is accepted must survive being written again.
#include <cstdlib>

#include "imaging/golden_image.hpp"
#include "imaging/record.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

/// to_json() of what was read is read again and gives the same text.
template <class Read>
void round_trip(std::string_view text, Read read) {
  const auto document = read(text);
  if (!document) return;
  const auto json = imaging::to_json(document.value());
  const auto again = read(json);
  if (!again || imaging::to_json(again.value()) != json) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip(text, imaging::record_from_json);
  round_trip(text, imaging::golden_manifest_from_json);
  return 0;
}
