#include "web/analysis/evidence_diff.hpp"

#include <algorithm>
#include <thread>

#include "imaging/gpt.hpp"
#include "web/analysis/diff_report.hpp"
#include "web/analysis/sectors.hpp"
#include "web/analysis/work_folder.hpp"
#include "web/cli/workbench.hpp"

namespace resus::analysis {
namespace {

using imaging::ByteRange;
using imaging::Subtracted;

/// Bounds what a disk that is nothing but differences costs.
constexpr std::size_t kMostRanges = 100'000;

/// Record and manifest stand for what is compared only if somebody who is believed has signed them.
Result<void> check_signatures(web::Environment& environment, imaging::Store& store, const DiffArguments& arguments) {
  RESUS_TRY(const auto keys, arguments.keys.empty() ? imaging::trusted_keys(environment.files, arguments.store)
                                                    : imaging::keys_of_file(environment.files, arguments.keys));
  RESUS_TRY(const auto record, store.record_envelope(arguments.id));
  RESUS_TRY(imaging::open_envelope(record, imaging::Purpose::kRecord, keys, hw::Code::kEvidenceDamaged));
  RESUS_TRY(const auto image, store.open_image(arguments.against));
  RESUS_TRY(const auto manifest, image->manifest_envelope());
  RESUS_TRY(imaging::open_envelope(manifest, imaging::Purpose::kGoldenImage, keys, hw::Code::kImageSignature));
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
  Diff(web::Environment& environment, hw::Processes& processes, const DiffArguments& arguments, const std::stop_token& stop)
      : environment_(environment), sleuthkit_(processes), arguments_(arguments), stop_(stop) {}

  Result<DiskDiff> run() {
    RESUS_TRY(store_, web::look_at(environment_, arguments_.store));
    RESUS_TRY(check_signatures(environment_, *store_, arguments_));
    RESUS_TRY(const auto evidence, store_->find_evidence(arguments_.id));
    RESUS_TRY(const auto golden, store_->find_image(arguments_.against));
    RESUS_TRY(disk_, store_->open_evidence(arguments_.id));
    RESUS_TRY(image_, store_->read_image(arguments_.against));
    environment_.output.progress("comparing block ids");
    RESUS_TRY(auto blocks, store_->subtract(arguments_.id, arguments_.against, stop_));
    DiskDiff result(std::move(blocks));
    result.machine = evidence.record.context.machine_id;
    result.golden_id = golden.manifest.id;
    result.golden_name = golden.manifest.name;
    list_partitions(result, golden.manifest);
    result.outside = gaps(result.regions, result.blocks.disk_bytes());
    for (const auto& gap : result.outside) {
      RESUS_TRY(find_sectors(result.blocks, gap, result.outside_sectors));
    }
    if (arguments_.blocks_only) return result;
    RESUS_TRY(work_, WorkFolder::make(environment_.files, arguments_.work));
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
        } else if (out.listed.size() < kMostRanges) {
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
    environment_.output.progress("listing the files of partition " + std::to_string(region.partition.number));
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
    environment_.output.progress("comparing the files of partition " + std::to_string(region.partition.number));
    FileComparison comparison(sleuthkit_, blocks, range_of(region.partition), now_side, then_side, stop_);
    RESUS_TRY(region.files, comparison.run());
    return look_at_unallocated(blocks, now_side, region);
  }

  /// Writes the partition as a file, in place of the one before it, and lists its files. Threads: one for each name.
  Result<void> list_files(imaging::EvidenceReader& reader, const imaging::Partition& partition, const std::string& name,
                          FileSystemSide& side, std::string& problem) {
    for (const char* suffix : {".raw", ".db"}) {
      RESUS_TRY(const bool there, environment_.files.exists(work_->file(name + suffix)));
      if (there) {
        RESUS_TRY(environment_.files.remove(work_->file(name + suffix)));
      }
    }
    RESUS_TRY(work_->write_part(reader, range_of(partition), name + ".raw", stop_));
    side.image = work_->file(name + ".raw");
    side.database = work_->file(name + ".db");
    RESUS_TRY(problem, sleuthkit_.list_into(side.image, side.database));
    if (!problem.empty()) return hw::success();
    RESUS_TRY(const auto statistics, sleuthkit_.statistics(side.image));
    RESUS_TRY(const auto mft, mft_of(side.database));
    side.places = InodePlaces::read(statistics, mft);
    return hw::success();
  }

  static Result<Layout> mft_of(const std::string& database) {
    RESUS_TRY(auto listing, FileListing::open(database));
    RESUS_TRY(listing.start(false));
    for (;;) {
      RESUS_TRY(const auto file, listing.next());
      if (!file) return Layout{};
      if (file->path == "/$MFT" && file->inode == 0) return listing.layout(*file);
    }
  }

  Result<void> look_at_unallocated(const imaging::Subtraction& blocks, const FileSystemSide& side, RegionDiff& region) {
    RESUS_TRY(auto listing, FileListing::open(side.database));
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

  web::Environment& environment_;
  const Sleuthkit sleuthkit_;
  const DiffArguments& arguments_;
  const std::stop_token& stop_;
  std::unique_ptr<imaging::Store> store_;
  std::unique_ptr<imaging::EvidenceReader> disk_, image_;
  std::unique_ptr<WorkFolder> work_;
};

}  // namespace

hw::Result<DiskDiff> diff(web::Environment& environment, hw::Processes& processes, const DiffArguments& arguments,
                          const std::stop_token& stop) {
  return Diff(environment, processes, arguments, stop).run();
}

hw::Result<int> evidence_diff(web::Environment& environment, hw::Processes& processes, const DiffArguments& arguments,
                              const std::stop_token& stop) {
  RESUS_TRY(const auto found, diff(environment, processes, arguments, stop));
  environment.output.print(diff_json(arguments, found), [&] { return diff_text(arguments, found); });
  return web::kExitOk;
}

}  // namespace resus::analysis
