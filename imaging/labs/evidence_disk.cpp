#include "imaging/labs/evidence_disk.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "hw/log.hpp"
#include "imaging/gpt.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kFramesAhead = 3;
constexpr std::size_t kRunsAhead = 64;
constexpr int kJumps = 64;               // somebody looks around
constexpr std::uint64_t kNear = 1 << 20;  // several threads answer what the kernel asks for in order

}  // namespace

EvidenceDisk::EvidenceDisk(const EvidenceFrames& frames, std::uint64_t memory_bytes) : map_(frames.map()), memory_bytes_(memory_bytes), frames_(frames, memory_bytes) {
  first_blocks_.reserve(map_.runs().size());
  std::uint64_t block = 0;
  for (const auto& run : map_.runs()) {
    first_blocks_.push_back(block);
    block += run.blocks;
  }
}

void EvidenceDisk::unpack_all() {
  std::vector<FrameRef> frames;
  std::set<FrameRef> known;  // a disk goes back and forth between frames
  for (const auto& run : map_.runs()) {
    if (run.kind == RunKind::kData && known.insert(run.place.frame).second) frames.push_back(run.place.frame);
    if (frames.size() * (kSegmentBytes + kSegmentBytes / 64) > memory_bytes_) return;
  }
  frames_.fill(std::move(frames));
}

std::size_t EvidenceDisk::run_at(std::uint64_t block) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(first_blocks_, block) - first_blocks_.begin()) - 1;
}

Result<void> EvidenceDisk::read(std::uint64_t offset_bytes, std::span<std::byte> out) {
  if (offset_bytes > size_bytes() || out.size() > size_bytes() - offset_bytes) return hw::fail(hw::Code::kUsage, "read beyond the end of the disk");
  if (out.empty()) return hw::success();
  const auto expected = expected_.load();
  const bool goes_on = offset_bytes + kNear >= expected && offset_bytes <= expected + kNear;
  auto run = run_at(offset_bytes / kBlockBytes);
  for (auto left = out; !left.empty(); ++run) {
    if (run >= first_blocks_.size()) return hw::fail(hw::Code::kEvidenceDamaged, "the map ends before the disk does");
    const auto run_end = (first_blocks_[run] + map_.runs()[run].blocks) * kBlockBytes;
    const auto part = left.first(static_cast<std::size_t>(std::min<std::uint64_t>(left.size(), run_end - offset_bytes)));
    if (auto done = read_run(run, offset_bytes, part, !goes_on); !done) {
      damage_->add(offset_bytes, done.error());
      return done;
    }
    left = left.subspan(part.size());
    offset_bytes += part.size();
  }
  expected_ = offset_bytes;
  if (goes_on) {
    read_on(run - 1);
  } else if (++jumps_ == kJumps) {
    unpack_all();
  }
  return hw::success();
}

Result<void> EvidenceDisk::read_run(std::size_t run, std::uint64_t offset_bytes, std::span<std::byte> out, bool alone) {
  const auto& what = map_.runs()[run];
  if (what.kind != RunKind::kData) {
    std::ranges::fill(out, std::byte{0});
    return hw::success();
  }
  auto place = what.place;
  place.index += static_cast<std::uint32_t>(offset_bytes / kBlockBytes - first_blocks_[run]);
  return frames_.read(place, offset_bytes % kBlockBytes, out, alone);
}

void EvidenceDisk::read_on(std::size_t run) {
  std::size_t frames = 0;
  auto last = map_.runs()[run].place.frame;
  const auto end = std::min(map_.runs().size(), run + kRunsAhead);
  for (++run; run < end && frames < kFramesAhead; ++run) {
    const auto& next = map_.runs()[run];
    if (next.kind != RunKind::kData || next.place.frame == last) continue;
    last = next.place.frame;
    frames_.read_ahead(last);
    ++frames;
  }
}

Result<void> TextFile::read(std::uint64_t offset_bytes, std::span<std::byte> out) {
  if (offset_bytes > text_.size() || out.size() > text_.size() - offset_bytes) return hw::fail(hw::Code::kUsage, "read beyond the end");
  std::memcpy(out.data(), text_.data() + offset_bytes, out.size());
  return hw::success();
}

std::vector<hw::ServedEntry> evidence_tree(const std::shared_ptr<EvidenceDisk>& disk, std::uint32_t sector_bytes,
                                           std::vector<std::pair<std::string, std::string>> texts) {
  std::vector<hw::ServedEntry> tree{{"disk.raw", disk}, {"damage.txt", disk->damage()}};
  const auto table = read_partition_table({.size_bytes = disk->size_bytes(), .sector_bytes = sector_bytes},
                                          [&](std::uint64_t offset, std::span<std::byte> buffer) { return disk->read(offset, buffer); });
  if (!table) {
    hw::log(hw::LogLevel::kWarning, "mount", "no partitions are shown: " + table.error().to_string());
  } else {
    for (const auto& partition : table.value().partitions) {
      if (partition.offset_bytes > disk->size_bytes() || partition.length_bytes > disk->size_bytes() - partition.offset_bytes) continue;
      tree.push_back({"partitions/p" + std::to_string(partition.number) + ".raw", std::make_shared<FilePart>(disk, partition.offset_bytes, partition.length_bytes)});
    }
  }
  for (auto& [name, text] : texts) tree.push_back({name, std::make_shared<TextFile>(std::move(text))});
  return tree;
}

}  // namespace resus::imaging
