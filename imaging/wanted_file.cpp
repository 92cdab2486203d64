// A file as a search wants it: ids, size and the end.
#include <algorithm>

#include "imaging/search.hpp"
#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

/// The last block as a file system lays it down: zeros to its end.
BlockId padded_id(std::span<const std::byte> tail) {
  std::vector<std::byte> block(kBlockBytes);
  std::ranges::copy(tail, block.begin());
  return block_id(block);
}

}  // namespace

Result<WantedFile> wanted_file(const hw::ReadFile& file, const std::stop_token& stop) {
  WantedFile wanted;
  RESUS_TRY(wanted.bytes, file.size_bytes());
  FusedSha256 hasher;
  std::vector<std::byte> piece(kSegmentBytes);
  for (std::uint64_t at = 0; at < wanted.bytes; at += kSegmentBytes) {
    if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "reading the file was stopped");
    const auto bytes = std::span(piece).first(std::min<std::uint64_t>(kSegmentBytes, wanted.bytes - at));
    RESUS_TRY(file.read(at, bytes));
    hasher.update_linear(bytes);
    const auto whole = bytes.size() / kBlockBytes;
    wanted.ids.resize(wanted.ids.size() + whole);
    block_ids(bytes.first(whole * kBlockBytes), std::span(wanted.ids).last(whole));
    if (const auto rest = bytes.subspan(whole * kBlockBytes); !rest.empty()) {
      wanted.tail.assign(rest.begin(), rest.end());
      wanted.ids.push_back(padded_id(rest));
    }
  }
  wanted.sha256 = hasher.finish();
  return wanted;
}

Result<void> check_wanted(const WantedFile& file) {
  const bool fits = file.ids.size() == block_count(file.bytes) && file.tail.size() == file.bytes % kBlockBytes;
  if (fits && (file.tail.empty() || file.ids.back() == padded_id(file.tail))) return hw::success();
  return hw::fail(hw::Code::kBadInput, "size, block ids and end of the file that is looked for do not belong together");
}

}  // namespace resus::imaging
