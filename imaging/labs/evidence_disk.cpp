#include "imaging/labs/evidence_disk.hpp"

#include <algorithm>
#include <cstring>

#include "hw/log.hpp"
#include "imaging/gpt.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kFramesAhead = 3;
constexpr std::size_t kRunsAhead = 64;

/// Data that fits the memory is kept by the operating system where it is wanted (costly_places()); only the way there needs room.
std::uint64_t room_for(const DiskMap& map, std::uint64_t memory_bytes) {
  constexpr std::uint64_t kOnTheWay = 256 << 20;
  std::uint64_t data_bytes = 0;
  for (const auto& run : map.runs()) data_bytes += run.kind == RunKind::kData ? run.blocks * kBlockBytes : 0;
  return data_bytes > memory_bytes ? memory_bytes : std::min(memory_bytes, kOnTheWay);
}

}  // namespace

EvidenceDisk::EvidenceDisk(const EvidenceFrames& frames, std::uint64_t memory_bytes) : map_(frames.map()), frames_(frames, room_for(frames.map(), memory_bytes)) {
  first_blocks_.reserve(map_.runs().size());
  std::uint64_t block = 0;
  for (const auto& run : map_.runs()) {
    first_blocks_.push_back(block);
    block += run.blocks;
  }
}

std::vector<hw::FilePlace> EvidenceDisk::costly_places() const {
  std::vector<hw::FilePlace> places;
  for (std::size_t run = 0; run < first_blocks_.size(); ++run) {
    if (map_.runs()[run].kind != RunKind::kData) continue;
    const auto begin = first_blocks_[run] * kBlockBytes;
    const auto end = std::min(begin + map_.runs()[run].blocks * kBlockBytes, size_bytes());
    if (!places.empty() && places.back().offset_bytes + places.back().length_bytes == begin) places.back().length_bytes += end - begin;
    else places.push_back({.offset_bytes = begin, .length_bytes = end - begin});
  }
  return places;
}

std::size_t EvidenceDisk::run_at(std::uint64_t block) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(first_blocks_, block) - first_blocks_.begin()) - 1;
}

Result<void> EvidenceDisk::read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading how) {
  if (offset_bytes > size_bytes() || out.size() > size_bytes() - offset_bytes) return hw::fail(hw::Code::kUsage, "read beyond the end of the disk");
  if (out.empty()) return hw::success();
  auto run = run_at(offset_bytes / kBlockBytes);
  for (auto left = out; !left.empty(); ++run) {
    if (run >= first_blocks_.size()) return hw::fail(hw::Code::kEvidenceDamaged, "the map ends before the disk does");
    const auto run_end = (first_blocks_[run] + map_.runs()[run].blocks) * kBlockBytes;
    const auto part = left.first(static_cast<std::size_t>(std::min<std::uint64_t>(left.size(), run_end - offset_bytes)));
    if (auto done = read_run(run, offset_bytes, part, how == hw::Reading::kAlone); !done) {
      damage_->add(offset_bytes, done.error());
      return done;
    }
    left = left.subspan(part.size());
    offset_bytes += part.size();
  }
  if (how == hw::Reading::kInOrder) read_on(run - 1);
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

std::vector<hw::FilePlace> FilePart::costly_places() const {
  std::vector<hw::FilePlace> places;
  const auto whole_end = offset_bytes_ + length_bytes_;
  for (const auto& place : whole_->costly_places()) {
    const auto begin = std::max(place.offset_bytes, offset_bytes_);
    const auto end = std::min(place.offset_bytes + place.length_bytes, whole_end);
    if (begin < end) places.push_back({.offset_bytes = begin - offset_bytes_, .length_bytes = end - begin});
  }
  return places;
}

Result<void> TextFile::read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading /*how*/) {
  if (offset_bytes > text_.size() || out.size() > text_.size() - offset_bytes) return hw::fail(hw::Code::kUsage, "read beyond the end");
  std::memcpy(out.data(), text_.data() + offset_bytes, out.size());
  return hw::success();
}

std::vector<hw::ServedEntry> evidence_tree(const std::shared_ptr<EvidenceDisk>& disk, std::uint32_t sector_bytes,
                                           std::vector<std::pair<std::string, std::string>> texts) {
  std::vector<hw::ServedEntry> tree{{"disk.raw", disk}, {"damage.txt", disk->damage()}};
  const auto table = read_partition_table({.size_bytes = disk->size_bytes(), .sector_bytes = sector_bytes},
                                          [&](std::uint64_t offset, std::span<std::byte> buffer) { return disk->read(offset, buffer, hw::Reading::kAlone); });
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
