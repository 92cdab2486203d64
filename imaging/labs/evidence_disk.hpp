#pragma once
// Evidence as a disk that is read anywhere, by many at once.
#include "hw/mounts.hpp"
#include "imaging/labs/checked_frames.hpp"
#include "imaging/labs/damage_list.hpp"

namespace resus::imaging {

/// Zero, unused and unreadable bytes read as zeros. Threads: any. `frames` outlives the object.
class EvidenceDisk final : public hw::ServedFile {
 public:
  EvidenceDisk(const EvidenceFrames& frames, std::uint64_t memory_bytes);
  [[nodiscard]] std::uint64_t size_bytes() const override { return map_.disk_bytes(); }
  /// Who reads in order finds the next frames unpacked; for a read that is alone a frame is unpacked no further than it needs.
  /// What fails stands in damage(). Errors: kUsage beyond the end, kEvidenceDamaged, kRead.
  [[nodiscard]] Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading how) override;
  /// Where data lies: zeros cost nothing.
  [[nodiscard]] std::vector<hw::FilePlace> costly_places() const override;
  /// Begins the threads that read ahead.
  void start(unsigned threads) { frames_.start(threads); }
  [[nodiscard]] const std::shared_ptr<DamageList>& damage() const { return damage_; }

 private:
  [[nodiscard]] std::size_t run_at(std::uint64_t block) const;
  [[nodiscard]] Result<void> read_run(std::size_t run, std::uint64_t offset_bytes, std::span<std::byte> out, bool alone);
  void read_on(std::size_t run);
  const DiskMap& map_;
  std::vector<std::uint64_t> first_blocks_;  ///< of each run
  CheckedFrames frames_;
  const std::shared_ptr<DamageList> damage_ = std::make_shared<DamageList>();
};

/// A part of another file. Threads: as that one.
class FilePart final : public hw::ServedFile {
 public:
  FilePart(std::shared_ptr<hw::ServedFile> whole, std::uint64_t offset_bytes, std::uint64_t length_bytes)
      : whole_(std::move(whole)), offset_bytes_(offset_bytes), length_bytes_(length_bytes) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return length_bytes_; }
  [[nodiscard]] Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading how) override { return whole_->read(offset_bytes_ + offset_bytes, out, how); }
  [[nodiscard]] std::vector<hw::FilePlace> costly_places() const override;

 private:
  const std::shared_ptr<hw::ServedFile> whole_;
  const std::uint64_t offset_bytes_, length_bytes_;
};

class TextFile final : public hw::ServedFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return text_.size(); }
  [[nodiscard]] Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading how) override;

 private:
  const std::string text_;
};

/// disk.raw, damage.txt, partitions/p<number>.raw for each entry of the partition table that lies within the disk, and the texts.
/// A table that cannot be read is logged and gives no partitions.
[[nodiscard]] std::vector<hw::ServedEntry> evidence_tree(const std::shared_ptr<EvidenceDisk>& disk, std::uint32_t sector_bytes,
                                                         std::vector<std::pair<std::string, std::string>> texts);

}  // namespace resus::imaging
