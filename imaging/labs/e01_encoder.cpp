#include "imaging/labs/e01_encoder.hpp"

namespace resus::imaging {
namespace {

using e01::kSectionHeaderBytes;

constexpr std::size_t kGatheredBytes = 32u << 20;
constexpr std::uint32_t kCompressedEntry = 0x80000000;
constexpr std::uint64_t kTableBytes = kSectionHeaderBytes + 24 + 4;  // without its entries
/// What one chunk can need at most beside its bytes: a checksum and an entry in each table.
constexpr std::uint64_t kBesideChunk = 4 + 2 * 4;

}  // namespace

Result<void> E01Encoder::check(const Setup& setup) {
  if (setup.segment_bytes < kMinSegmentBytes) return hw::fail(hw::Code::kUsage, "segments of an E01 set have at least 1 MiB");
  // Nothing compresses in the worst case, and the last chunk of a segment may leave a chunk's room empty.
  const auto& geometry = setup.geometry;
  const auto chunk = geometry.chunk_bytes() + kBesideChunk;
  const auto chunks_in_one = (setup.segment_bytes - 64 * 1024) / chunk - 1;
  if (geometry.chunks() / chunks_in_one >= e01::kMaxSegments) {
    return hw::fail(hw::Code::kUsage, "segments of " + std::to_string(setup.segment_bytes) + " bytes could become more than the " +
                                          std::to_string(e01::kMaxSegments) + " that have names, .E01 to .ZZZ; choose longer ones");
  }
  return hw::success();
}

std::uint64_t E01Encoder::group_bytes(std::size_t chunks, std::size_t bytes) const {
  const auto entries = entries_.size() + chunks;
  if (entries == 0) return 0;
  return kSectionHeaderBytes + gathered_.size() + bytes + 2 * (kTableBytes + 4 * entries);
}

Result<void> E01Encoder::put(std::string_view bytes) {
  used_ += bytes.size();
  return out_.write(bytes);
}

Result<void> E01Encoder::put_section(std::string_view type, std::string_view payload, bool last) {
  RESUS_TRY(put(e01::section_header(type, used_, payload.size(), last)));
  return put(payload);
}

Result<void> E01Encoder::begin_segment() {
  ++segment_;
  used_ = 0;
  RESUS_TRY(out_.begin_segment(segment_));
  RESUS_TRY(put(e01::segment_header(static_cast<std::uint16_t>(segment_))));
  const auto volume = e01::volume_payload(setup_.geometry, setup_.data);
  if (segment_ > 1) return put_section("data", volume);
  const auto header2 = e01::header2_payload(setup_.data);
  RESUS_TRY(put_section("header2", header2));
  RESUS_TRY(put_section("header2", header2));
  RESUS_TRY(put_section("header", e01::header_payload(setup_.data)));
  return put_section("volume", volume);
}

Result<void> E01Encoder::next_segment() {
  RESUS_TRY(put_section("next", {}, true));
  RESUS_TRY(out_.end_segment());
  return begin_segment();
}

Result<void> E01Encoder::make_room(std::uint64_t bytes) {
  if (used_ + bytes + kSectionHeaderBytes <= setup_.segment_bytes) return hw::success();
  return next_segment();
}

Result<void> E01Encoder::add(const E01Chunk& chunk) {
  if (segment_ == 0) {
    RESUS_TRY(begin_segment());
  }
  const bool table_full = entries_.size() == e01::kMaxTableEntries || gathered_.size() + chunk.bytes.size() > kGatheredBytes;
  const bool segment_full = used_ + group_bytes(1, chunk.bytes.size()) + kSectionHeaderBytes > setup_.segment_bytes;
  if (table_full || segment_full) {
    RESUS_TRY(flush());
    RESUS_TRY(make_room(group_bytes(1, chunk.bytes.size())));
  }
  const auto at = static_cast<std::uint32_t>(kSectionHeaderBytes + gathered_.size());
  entries_.push_back(chunk.compressed ? at | kCompressedEntry : at);
  gathered_ += chunk.bytes;
  ++added_;
  return hw::success();
}

Result<void> E01Encoder::flush() {
  if (entries_.empty()) return hw::success();
  const auto base = used_;
  RESUS_TRY(put_section("sectors", gathered_));
  const auto table = e01::table_payload(base, entries_);
  RESUS_TRY(put_section("table", table));
  RESUS_TRY(put_section("table2", table));
  gathered_.clear();
  entries_.clear();
  return hw::success();
}

Result<void> E01Encoder::finish(const e01::Hashes& hashes, std::span<const UnreadableRange> unreadable) {
  if (added_ != setup_.geometry.chunks()) {
    return hw::fail(hw::Code::kInternal, std::to_string(added_) + " of " + std::to_string(setup_.geometry.chunks()) + " chunks came");
  }
  RESUS_TRY(const auto digest, e01::digest_payload(hashes));
  RESUS_TRY(const auto hash, e01::hash_payload(hashes));
  const auto error2 = e01::error2_payload(setup_.geometry, unreadable);
  RESUS_TRY(flush());
  RESUS_TRY(make_room(4 * kSectionHeaderBytes + e01::kVolumeBytes + error2.size() + digest.size() + hash.size()));
  if (segment_ == 1) {
    RESUS_TRY(put_section("data", e01::volume_payload(setup_.geometry, setup_.data)));
  }
  if (!error2.empty()) {
    RESUS_TRY(put_section("error2", error2));
  }
  RESUS_TRY(put_section("digest", digest));
  RESUS_TRY(put_section("hash", hash));
  RESUS_TRY(put_section("done", {}, true));
  return out_.end_segment();
}

}  // namespace resus::imaging
