// Messages of an acquisition, as any machine on the net may send them.
#include <cstdlib>

#include "imaging/frame.hpp"
#include "imaging/wire.hpp"

using namespace resus::imaging;  // NOLINT: one program, one file

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto offers = decode_offers(bytes);
  if (offers && encode_offers(offers.value()) != bytes) std::abort();
  const auto wanted = decode_wanted(bytes);
  if (wanted && encode_wanted(wanted.value()) != bytes) std::abort();
  if (const auto frame = decode_frame(bytes)) {
    if (encode_frame(frame.value()) != bytes) std::abort();
    std::vector<std::byte> raw;
    if (check_frame(frame.value(), raw) && raw.size() != frame.value().raw_bytes) std::abort();
  }
  if (const auto segment = decode_segment(1, bytes)) {
    std::vector<std::byte> raw(segment.value().ids.size() * kBlockBytes);
    if (verify_segment(segment.value(), segment_node(segment.value().ids), raw) &&
        block_id(std::span(raw).first(kBlockBytes)) != segment.value().ids.front()) {
      std::abort();
    }
  }
  return 0;
}
