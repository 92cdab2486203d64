#include "imaging/disk_map.hpp"

#include <algorithm>
#include <limits>

#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

constexpr std::string_view kMagic{"RSDMAP\0\0", 8};
/// 2 may hold ranges of cause 4 and is written only then, so that readers of version 1 lose nothing else.
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kVersionNotTried = 2;
constexpr std::uint64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();

std::uint32_t version_of(const std::vector<UnreadableRange>& ranges) {
  const bool not_tried = std::ranges::find(ranges, ReadCause::kNotTried, &UnreadableRange::cause) != ranges.end();
  return not_tried ? kVersionNotTried : kVersion;
}

bool continues(const Run& last, const Run& next) {
  if (last.kind != next.kind) return false;
  if (last.kind != RunKind::kData) return true;
  return last.place.frame == next.place.frame && last.place.index + last.blocks == next.place.index;
}

void encode_run(ByteWriter& out, const Run& run) {
  out.u8(static_cast<std::uint8_t>(run.kind));
  out.varint(run.blocks);
  if (run.kind != RunKind::kData) return;
  out.varint(run.place.frame.pack);
  out.varint(run.place.frame.frame);
  out.varint(run.place.index);
}

Result<Run> decode_run(ByteReader& in, std::uint64_t blocks_left) {
  Run run;
  RESUS_TRY(const auto kind, in.u8());
  if (kind > static_cast<std::uint8_t>(RunKind::kUnreadable)) return hw::failure(in.error("unknown run kind"));
  run.kind = static_cast<RunKind>(kind);
  RESUS_TRY(run.blocks, in.varint_up_to(blocks_left));
  if (run.blocks == 0) return hw::failure(in.error("empty run"));
  if (run.kind != RunKind::kData) return run;
  RESUS_TRY(const auto pack, in.varint_up_to(kMaxU32));
  RESUS_TRY(const auto frame, in.varint_up_to(kMaxU32));
  RESUS_TRY(const auto index, in.varint_up_to(kBlocksPerSegment - 1));
  if (run.blocks > kBlocksPerSegment - index) return hw::failure(in.error("run beyond its frame"));
  run.place = {.frame = {.pack = static_cast<std::uint32_t>(pack), .frame = static_cast<std::uint32_t>(frame)},
               .index = static_cast<std::uint32_t>(index)};
  return run;
}

Result<void> decode_runs(ByteReader& in, DiskMap& map) {
  const auto blocks = block_count(map.disk_bytes());
  RESUS_TRY(const auto count, in.varint_up_to(in.left() / 2));
  for (std::uint64_t i = 0; i < count; ++i) {
    RESUS_TRY(const auto run, decode_run(in, blocks - map.mapped_blocks()));
    map.append(run);
    if (map.runs().size() != i + 1) return hw::failure(in.error("runs that should be one"));
  }
  if (map.mapped_blocks() != blocks) return hw::failure(in.error("runs do not cover the disk"));
  return hw::success();
}

}  // namespace

std::string_view to_string(ReadCause cause) {
  switch (cause) {
    case ReadCause::kMedium: return "medium error";
    case ReadCause::kTimeout: return "timeout";
    case ReadCause::kDeviceGone: return "device gone";
    case ReadCause::kNotTried: return "not tried";
  }
  return "unknown";
}

void merge_unreadable(std::vector<UnreadableRange>& ranges) {
  std::ranges::sort(ranges);
  std::vector<UnreadableRange> merged;
  for (const auto& range : ranges) {
    const bool goes_on = !merged.empty() && merged.back().cause == range.cause &&
                         merged.back().offset_bytes + merged.back().length_bytes == range.offset_bytes;
    if (goes_on) {
      merged.back().length_bytes += range.length_bytes;
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

void encode_unreadable(ByteWriter& out, std::span<const UnreadableRange> ranges) {
  out.varint(ranges.size());
  for (const auto& range : ranges) {
    out.varint(range.offset_bytes);
    out.varint(range.length_bytes);
    out.u8(static_cast<std::uint8_t>(range.cause));
  }
}

Result<std::vector<UnreadableRange>> decode_unreadable(ByteReader& in, std::uint64_t begin_bytes,
                                                       std::uint64_t end_bytes) {
  std::vector<UnreadableRange> ranges;
  RESUS_TRY(const auto count, in.varint_up_to(in.left() / 3));
  for (std::uint64_t i = 0; i < count; ++i) {
    UnreadableRange range;
    RESUS_TRY(range.offset_bytes, in.varint_up_to(end_bytes));
    if (range.offset_bytes < begin_bytes) return hw::failure(in.error("unreadable ranges out of order"));
    RESUS_TRY(range.length_bytes, in.varint_up_to(end_bytes - range.offset_bytes));
    RESUS_TRY(const auto cause, in.u8());
    range.cause = static_cast<ReadCause>(cause);
    const bool touches = !ranges.empty() && range.offset_bytes == begin_bytes && range.cause == ranges.back().cause;
    if (range.length_bytes == 0 || touches || !is_read_cause(cause)) {
      return hw::failure(in.error("bad unreadable range"));
    }
    begin_bytes = range.offset_bytes + range.length_bytes;
    ranges.push_back(range);
  }
  return ranges;
}

void DiskMap::append(const Run& run) {
  if (run.blocks == 0) return;
  mapped_blocks_ += run.blocks;
  if (!runs_.empty() && continues(runs_.back(), run)) {
    runs_.back().blocks += run.blocks;
  } else {
    runs_.push_back(run);
  }
}

void DiskMap::add_unreadable(const UnreadableRange& range) {
  if (!unreadable_.empty()) {
    auto& last = unreadable_.back();
    if (last.cause == range.cause && last.offset_bytes + last.length_bytes == range.offset_bytes) {
      last.length_bytes += range.length_bytes;
      return;
    }
  }
  unreadable_.push_back(range);
}

std::string DiskMap::encode() const {
  ByteWriter out;
  out.text(kMagic);
  out.u32(version_of(unreadable_));
  out.u32(0);
  out.u64(disk_bytes_);
  out.varint(runs_.size());
  for (const auto& run : runs_) encode_run(out, run);
  encode_unreadable(out, unreadable_);
  out.digest(sha256(as_bytes(out.view())));
  return out.take();
}

Result<DiskMap> DiskMap::decode(std::string_view bytes) {
  if (bytes.size() < 32) return hw::fail(hw::Code::kBadInput, "disk map ends too early");
  ByteReader in(bytes.substr(0, bytes.size() - 32));
  RESUS_TRY(in.expect(kMagic, "a disk map"));
  RESUS_TRY(const auto version, in.u32());
  if (version != kVersion && version != kVersionNotTried) {
    return hw::failure(in.error("disk map version " + std::to_string(version) + " is not known"));
  }
  RESUS_TRY(in.expect(std::string_view("\0\0\0\0", 4), "a disk map"));
  RESUS_TRY(const auto disk_bytes, in.u64());
  DiskMap map(disk_bytes);
  RESUS_TRY(decode_runs(in, map));
  RESUS_TRY(map.unreadable_, decode_unreadable(in, 0, disk_bytes));
  if (version != version_of(map.unreadable_)) return hw::failure(in.error("ranges of another version of the map"));
  RESUS_TRY(in.expect_end());
  ByteReader tail(bytes.substr(bytes.size() - 32));
  RESUS_TRY(const auto digest, tail.digest());
  if (digest != sha256(as_bytes(bytes.substr(0, bytes.size() - 32)))) {
    return hw::fail(hw::Code::kBadInput, "disk map does not match its own SHA-256");
  }
  return map;
}

}  // namespace resus::imaging
