#include "web/analysis/diff_json.hpp"

#include "hw/plain_text.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

using imaging::ByteRange;
using imaging::Subtracted;
using Bytes = std::array<std::uint64_t, imaging::kSubtractedKinds>;

/// In the order of imaging::Subtracted.
constexpr std::array<const char*, imaging::kSubtractedKinds> kKinds{"same", "elsewhere", "empty", "not_golden", "unreadable"};

std::uint64_t of(const Bytes& bytes, Subtracted kind) { return bytes[static_cast<std::size_t>(kind)]; }
ByteRange range_of(const RegionDiff& region) { return {region.partition.offset_bytes, region.partition.length_bytes}; }

json::object bytes_json(const Bytes& bytes) {
  json::object object;
  for (std::size_t i = 0; i < bytes.size(); ++i) object[kKinds[i]] = bytes[i];
  return object;
}

json::object range_json(const ByteRange& range) {
  return {{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}};
}

/// What the limits leave for ranges. Threads: one.
class Ranges {
 public:
  explicit Ranges(const DiffLimits& limits) : in_a_list_(limits.ranges), left_(limits.ranges_in_all) {}
  void put(json::object& object, const char* name, const std::vector<ByteRange>& ranges) {
    json::array list;
    for (const auto& range : ranges) {
      if (list.size() == in_a_list_ || left_ == 0) break;
      list.push_back(range_json(range));
      --left_;
    }
    object[std::string(name) + "_omitted"] = ranges.size() - list.size();
    object[name] = std::move(list);
  }

 private:
  const std::size_t in_a_list_;
  std::uint64_t left_;
};

void put_planted(json::object& into, const char* name, const PlantedRanges& planted) {
  json::array list;
  for (const auto& one : planted.listed) {
    auto object = range_json(one.range);
    object["looks_like"] = one.looks_like;
    list.push_back(std::move(object));
  }
  into[name] = std::move(list);
  into[std::string(name) + "_omitted"] = planted.omitted;
}

json::object file_json(const FileFinding& found) {
  json::object object{{"state", found.state},
                      {"path", hw::is_utf8(found.path) ? found.path : hw::shown_text(found.path)},
                      {"inode", found.file.inode},
                      {"folder", found.file.folder()},
                      {"size_bytes", found.file.size_bytes},
                      {"modified", found.file.modified},
                      {"what", json::array(found.what.begin(), found.what.end())}};
  if (found.content) object["sha256"] = to_hex(found.content->sha256);
  if (found.golden) object["golden_sha256"] = to_hex(found.golden->sha256);
  return object;
}

json::object region_json(const DiskDiff& diff, const RegionDiff& region, Ranges& ranges) {
  const auto bytes = diff.blocks.bytes_in(range_of(region));
  json::object object = range_json(range_of(region));
  object["partition"] = region.partition.number;
  object["type"] = region.partition.type;
  object["label"] = hw::shown_text(region.partition.label);
  object["file_system"] = region.file_system;
  object["bytes"] = bytes_json(bytes);
  ranges.put(object, "not_golden", diff.blocks.ranges_in(range_of(region), Subtracted::kNotGolden));
  object["same"] = region.same;
  object["not_compared"] = region.not_compared;
  json::array files;
  for (const auto& found : region.files.files) files.push_back(file_json(found));
  object["files"] = std::move(files);
  object["files_omitted"] = region.files.omitted;
  json::array internal;
  for (const auto& name : region.files.internal) internal.emplace_back(hw::shown_text(name));
  object["internal"] = std::move(internal);
  put_planted(object, "unallocated", region.unallocated);
  const auto named = region.files.not_golden_bytes + region.unallocated_bytes;
  const auto not_golden = of(bytes, Subtracted::kNotGolden);
  object["not_golden_bytes"] = json::object{{"in_files", region.files.not_golden_bytes},
                                            {"unallocated", region.unallocated_bytes},
                                            {"other", not_golden > named ? not_golden - named : 0}};
  return object;
}

}  // namespace

json::object diff_json(const DiffQuestion& question, const DiskDiff& diff, const DiffLimits& limits) {
  Ranges within(limits);
  json::array regions;
  for (const auto& region : diff.regions) regions.push_back(region_json(diff, region, within));
  Bytes outside_bytes{};
  std::vector<ByteRange> not_golden;
  for (const auto& gap : diff.outside) {
    const auto bytes = diff.blocks.bytes_in(gap);
    for (std::size_t i = 0; i < bytes.size(); ++i) outside_bytes[i] += bytes[i];
    const auto ranges = diff.blocks.ranges_in(gap, Subtracted::kNotGolden);
    not_golden.insert(not_golden.end(), ranges.begin(), ranges.end());
  }
  json::object outside{{"bytes", bytes_json(outside_bytes)}};
  put_planted(outside, "sectors", diff.outside_sectors);
  within.put(outside, "not_golden", not_golden);
  return {{"evidence", question.id},
          {"machine", diff.machine},
          {"image", diff.golden_id},
          {"image_name", diff.golden_name},
          {"disk_bytes", diff.blocks.disk_bytes()},
          {"bytes", bytes_json(diff.blocks.bytes_in({0, diff.blocks.disk_bytes()}))},
          {"partition_table", diff.table},
          {"outside_partitions", std::move(outside)},
          {"partitions", std::move(regions)}};
}

}  // namespace resus::analysis
