#include "web/analysis/evidence_diff.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "imaging/gpt.hpp"
#include "web/analysis/sectors.hpp"

namespace resus::analysis {
namespace {

using imaging::ByteRange;
using imaging::Subtracted;

/// Record and manifest stand for what is compared only if somebody who is believed has signed them.
Result<void> check_signatures(const DiffTools& tools, const DiffQuestion& question) {
  RESUS_TRY(const auto record, tools.store.record_envelope(question.id));
  RESUS_TRY(imaging::open_envelope(record, imaging::Purpose::kRecord, tools.trusted, hw::Code::kEvidenceDamaged));
  RESUS_TRY(const auto image, tools.store.open_image(question.against));
  RESUS_TRY(const auto manifest, image->manifest_envelope());
  RESUS_TRY(imaging::open_envelope(manifest, imaging::Purpose::kGoldenImage, tools.trusted, hw::Code::kImageSignature));
  return hw::success();
}

/// Parts of the disk that no partition covers.
std::vector<ByteRange> gaps(const std::vector<RegionDiff>& regions, std::uint64_t disk_bytes) {
  std::vector<ByteRange> covered, gaps;
  for (const auto& region : regions) covered.push_back({region.partition.offset_bytes, region.partition.length_bytes});
  std::ranges::sort(covered);
  covered.push_back({disk_bytes, 0});
  std::uint64_t at = 0;
  for (const auto& part : covered) {
    if (part.offset_bytes > at) gaps.push_back({at, part.offset_bytes - at});
    at = std::max(at, part.offset_bytes + part.length_bytes);
  }
  return gaps;
}

class Diff {
 public:
  Diff(const DiffTools& tools, const DiffQuestion& question, const std::stop_token& stop)
      : tools_(tools), question_(question), stop_(stop), ranges_left_(tools.limits.ranges_in_all), memory_left_(tools.limits.file_bytes) {}

  Result<DiskDiff> run() {
    RESUS_TRY(const auto evidence, tools_.store.find_evidence(question_.id));
    RESUS_TRY(const auto golden, tools_.store.find_image(question_.against));
    RESUS_TRY(check_signatures(tools_, question_));
    RESUS_TRY(disk_, tools_.store.open_evidence(question_.id));
    RESUS_TRY(image_, tools_.store.read_image(question_.against));
    tools_.on_step("comparing block ids");
    RESUS_TRY(auto blocks, tools_.store.subtract(question_.id, question_.against, stop_));
    DiskDiff result(std::move(blocks));
    result.machine = evidence.record.context.machine_id;
    result.golden_id = golden.manifest.id;
    result.golden_name = golden.manifest.name;
    list_partitions(result, golden.manifest);
    result.outside = gaps(result.regions, result.blocks.disk_bytes());
    for (const auto& gap : result.outside) {
      RESUS_TRY(find_sectors(result.blocks, gap, result.outside_sectors));
    }
    if (question_.blocks_only) return result;
    RESUS_TRY(work_, WorkFolder::make(tools_.files, tools_.work));
    for (const auto& region : result.regions) {
      if (!result.blocks.all_same(range_of(region.partition))) to_write_ += 2 * region.partition.length_bytes;
    }
    for (auto& region : result.regions) {
      RESUS_TRY(compare_files(result.blocks, golden.manifest, region));
    }
    return result;
  }

 private:
  /// The disk's own partitions; the golden image's where its table contradicts itself.
  void list_partitions(DiskDiff& result, const imaging::GoldenManifest& golden) {
    const auto bytes = result.blocks.disk_bytes();
    const auto table = imaging::read_partition_table(
        {bytes, 512}, [&](std::uint64_t offset, std::span<std::byte> out) { return disk_->read(offset, out); });
    result.table = table ? table.value().kind : "golden";
    for (const auto& partition : table ? table.value().partitions : golden.partitions) {
      if (partition.offset_bytes < bytes) result.regions.push_back({.partition = partition, .file_system = {}, .not_compared = {}, .files = {}, .unallocated = {}});
    }
    if (result.table == "none") {
      result.regions.push_back({.partition = {.number = 0, .offset_bytes = 0, .length_bytes = bytes, .type = {}, .uuid = {}, .label = {}, .file_system = {}},
                                .file_system = {}, .not_compared = {}, .files = {}, .unallocated = {}});
    }
    for (auto& region : result.regions) {
      auto& length = region.partition.length_bytes;
      length = std::min(length, bytes - region.partition.offset_bytes);
    }
  }

  Result<void> find_sectors(const imaging::Subtraction& blocks, ByteRange where, PlantedRanges& out) {
    for (const auto& part : blocks.ranges_in(where, Subtracted::kNotGolden)) {
      RESUS_TRY(const auto sectors, differing_sectors(*disk_, *image_, part, stop_));
      for (const auto& sector : sectors) {
        auto* const last = out.listed.empty() ? nullptr : &out.listed.back().range;
        if (last != nullptr && last->offset_bytes + last->length_bytes == sector.offset_bytes) {
          last->length_bytes += sector.length_bytes;
        } else if (out.listed.size() < tools_.limits.ranges && ranges_left_ > 0) {
          --ranges_left_;
          RESUS_TRY(auto what, looks_like(*disk_, sector));
          out.listed.push_back({.range = sector, .looks_like = std::move(what)});
        } else {
          ++out.omitted;
        }
      }
    }
    return hw::success();
  }

  static ByteRange range_of(const imaging::Partition& partition) { return {partition.offset_bytes, partition.length_bytes}; }

  /// The golden image's partition that begins where this one does.
  static const imaging::Partition* counterpart(const imaging::GoldenManifest& golden, const RegionDiff& region) {
    static constexpr auto begin = &imaging::Partition::offset_bytes;
    const auto found = std::ranges::find(golden.partitions, region.partition.offset_bytes, begin);
    return found == golden.partitions.end() ? nullptr : &*found;
  }

  Result<void> compare_files(const imaging::Subtraction& blocks, const imaging::GoldenManifest& golden, RegionDiff& region) {
    region.same = blocks.all_same(range_of(region.partition));
    if (region.same) return hw::success();
    imaging::Partition whole;
    whole.length_bytes = golden.disk_bytes;
    const auto* const then = region.partition.number == 0 && golden.partitions.empty() ? &whole : counterpart(golden, region);
    if (then == nullptr) {
      region.not_compared = "the golden image has no partition that begins here";
      return hw::success();
    }
    FileSystemSide now_side, then_side;
    tools_.on_step("listing the files of partition " + std::to_string(region.partition.number));
    std::string then_problem;
    Result<void> then_listed = hw::success();
    {
      const std::jthread golden_side([&] { then_listed = list_files(*image_, *then, "golden", then_side, then_problem); });
      RESUS_TRY(list_files(*disk_, region.partition, "evidence", now_side, region.not_compared));
    }
    RESUS_TRY(then_listed);
    if (!region.not_compared.empty()) return hw::success();
    region.file_system = now_side.places.file_system();
    if (!then_problem.empty()) {
      region.not_compared = "in the golden image: " + then_problem;
      return hw::success();
    }
    tools_.on_step("comparing the files of partition " + std::to_string(region.partition.number));
    FileComparison comparison(blocks, range_of(region.partition), now_side, then_side, memory_left_, stop_);
    RESUS_TRY(region.files, comparison.run());
    return look_at_unallocated(blocks, now_side, region);
  }

  /// Writes the partition as a file, in place of the one before it, and lists its files. Threads: one for each disk.
  Result<void> list_files(imaging::EvidenceReader& reader, const imaging::Partition& partition, const std::string& disk,
                          FileSystemSide& side, std::string& problem) {
    static constexpr char kImage[] = "image.raw", kDatabase[] = "files.db";
    RESUS_TRY(work_->renew(disk));
    const std::function<void(std::uint64_t)> told = [this](std::uint64_t bytes) {
      tools_.on_progress({.done_bytes = written_ += bytes, .total_bytes = to_write_});
    };
    RESUS_TRY(work_->write_part(reader, range_of(partition), work_->file(disk, kImage), stop_, told));
    side.sleuthkit = std::make_unique<Sleuthkit>(tools_.processes, work_->confinement(disk), stop_);
    side.image = kImage;
    side.database = work_->file(disk, kDatabase);
    RESUS_TRY(problem, side.sleuthkit->list_into(kImage, kDatabase));
    if (!problem.empty()) return hw::success();
    RESUS_TRY(const auto statistics, side.sleuthkit->statistics(kImage));
    RESUS_TRY(const auto mft, mft_of(side.database));
    side.places = InodePlaces::read(statistics, mft);
    return hw::success();
  }

  Result<Layout> mft_of(const std::string& database) const {
    RESUS_TRY(auto listing, FileListing::open(database, stop_));
    RESUS_TRY(listing.start(false));
    for (;;) {
      RESUS_TRY(const auto file, listing.next());
      if (!file) return Layout{};
      if (file->path == "/$MFT" && file->inode == 0) return listing.layout(*file);
    }
  }

  Result<void> look_at_unallocated(const imaging::Subtraction& blocks, const FileSystemSide& side, RegionDiff& region) {
    RESUS_TRY(auto listing, FileListing::open(side.database, stop_));
    RESUS_TRY(const auto free, listing.unallocated());
    for (auto range : free) {
      if (range.offset_bytes >= region.partition.length_bytes) continue;
      range.length_bytes = std::min(range.length_bytes, region.partition.length_bytes - range.offset_bytes);
      range.offset_bytes += region.partition.offset_bytes;
      region.unallocated_bytes += blocks.bytes_in(range)[static_cast<std::size_t>(Subtracted::kNotGolden)];
      RESUS_TRY(find_sectors(blocks, range, region.unallocated));
    }
    return hw::success();
  }

  const DiffTools& tools_;
  const DiffQuestion& question_;
  const std::stop_token& stop_;
  std::uint64_t ranges_left_, memory_left_;
  std::uint64_t to_write_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  std::unique_ptr<imaging::EvidenceReader> disk_, image_;
  std::unique_ptr<WorkFolder> work_;
};

}  // namespace

Result<DiskDiff> diff(const DiffTools& tools, const DiffQuestion& question, const std::stop_token& stop) {
  return Diff(tools, question, stop).run();
}

}  // namespace resus::analysis
