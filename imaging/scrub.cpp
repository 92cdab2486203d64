// Reading every pack again, and what damage in it means for which disk.
#include <set>

#include "imaging/sha256.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

/// Every block of one frame against its id.
Result<void> check_stored_frame(const Pack& pack, std::uint32_t frame, std::vector<std::byte>& raw) {
  RESUS_TRY(const auto ids, pack.ids(frame));
  RESUS_TRY(const auto entry, pack.entry(frame));
  raw.resize(entry.raw_bytes);
  RESUS_TRY(pack.read(frame, raw));
  const auto wrong = first_wrong_block(raw, ids);
  if (wrong == ids.size()) return hw::success();
  return hw::fail(hw::Code::kEvidenceDamaged, "block " + std::to_string(wrong) + " does not hash to its id");
}

/// What damage means for the disks. Threads: one.
class Damage {
 public:
  /// `freed`: frames that were given back because no evidence needed them.
  Damage(Packs& packs, const std::set<FrameRef>& freed, ScrubReport& report) : packs_(packs), freed_(freed), report_(report) {
    for (const auto& frame : report.damaged_frames) damaged_.insert({.pack = frame.pack, .frame = frame.frame});
  }

  Result<void> take(const StoredDisk& disk, const Result<DiskMap>& map) {
    AffectedDisk affected{.disk = disk, .ranges = {}, .map_problem = {}};
    if (!map) {
      affected.map_problem = map.error().to_string();
      affected.ranges.push_back({.offset_bytes = 0, .length_bytes = disk.disk_bytes});
    } else {
      find_ranges(map.value(), affected.ranges);
    }
    if (!affected.ranges.empty()) report_.affected.push_back(std::move(affected));
    return hw::success();
  }

 private:
  void find_ranges(const DiskMap& map, std::vector<ByteRange>& ranges) {
    std::uint64_t block = 0;
    for (const auto& run : map.runs()) {
      const auto offset = block * kBlockBytes;
      const auto end = std::min((block + run.blocks) * kBlockBytes, map.disk_bytes());
      block += run.blocks;
      if (run.kind != RunKind::kData || !is_damaged(run.place.frame)) continue;
      if (!ranges.empty() && ranges.back().offset_bytes + ranges.back().length_bytes == offset) {
        ranges.back().length_bytes += end - offset;
      } else {
        ranges.push_back({.offset_bytes = offset, .length_bytes = end - offset});
      }
    }
  }

  /// A frame that is not there at all is noted when the first disk asks for it.
  bool is_damaged(const FrameRef& frame) {
    if (damaged_.contains(frame)) return true;
    const auto pack = packs_.get(frame.pack);
    const bool there = pack && frame.frame < pack.value()->frame_count();
    const bool freed = freed_.contains(frame);
    if (there && !freed) return false;
    damaged_.insert(frame);
    report_.damaged_frames.push_back({.pack = frame.pack, .frame = frame.frame,
                                      .reason = freed ? "was given back, although it is needed" : pack ? "the pack has no such frame" : "the pack is missing"});
    return true;
  }

  Packs& packs_;
  const std::set<FrameRef>& freed_;
  ScrubReport& report_;
  std::set<FrameRef> damaged_;
};

}  // namespace

Result<ScrubReport> Store::scrub(const OnProgress& progress, const std::stop_token& stop) {
  const auto packs = parts_->packs.all();
  Progress so_far;
  for (const auto& pack : packs) so_far.total_bytes += pack->stored_bytes();
  ScrubReport report;
  std::vector<std::byte> raw;
  std::set<FrameRef> freed;
  for (const auto& pack : packs) {
    pack->drop_cache();
    for (std::uint32_t frame = 0; frame < pack->frame_count(); ++frame) {
      if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "reading the store again was stopped");
      if (pack->freed(frame)) {
        freed.insert({.pack = pack->number(), .frame = frame});
        continue;
      }
      auto checked = check_stored_frame(*pack, frame, raw);
      if (!checked && pack->freed(frame)) {  // meanwhile
        freed.insert({.pack = pack->number(), .frame = frame});
        continue;
      }
      if (!checked) {
        report.damaged_frames.push_back(
            {.pack = pack->number(), .frame = frame, .reason = std::move(checked.error().context)});
      }
      report.bytes_checked += raw.size();
      if (const auto entry = pack->entry(frame)) so_far.done_bytes += entry.value().compressed_bytes;
      if (progress) progress(so_far);
    }
  }
  Damage damage(parts_->packs, freed, report);
  RESUS_TRY(each_disk(*parts_, [&](const StoredDisk& disk, const Result<DiskMap>& map) { return damage.take(disk, map); }));
  parts_->forget(report.damaged_frames);
  return report;
}

}  // namespace resus::imaging
