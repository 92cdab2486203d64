#include "web/analysis/diff_report.hpp"

#include "hw/plain_text.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

using imaging::ByteRange;
using imaging::Subtracted;
using Bytes = std::array<std::uint64_t, imaging::kSubtractedKinds>;

constexpr std::size_t kMostRanges = 100'000;
constexpr std::size_t kShownRanges = 20;
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

void put_ranges(json::object& object, const char* name, const std::vector<ByteRange>& ranges) {
  json::array list;
  for (const auto& range : ranges) {
    if (list.size() < kMostRanges) list.push_back(range_json(range));
  }
  object[std::string(name) + "_omitted"] = ranges.size() - list.size();
  object[name] = std::move(list);
}

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
                      {"size_bytes", found.file.size_bytes},
                      {"modified", found.file.modified},
                      {"what", json::array(found.what.begin(), found.what.end())}};
  if (found.content) object["sha256"] = to_hex(found.content->sha256);
  if (found.golden) object["golden_sha256"] = to_hex(found.golden->sha256);
  return object;
}

json::object region_json(const DiskDiff& diff, const RegionDiff& region) {
  const auto bytes = diff.blocks.bytes_in(range_of(region));
  json::object object = range_json(range_of(region));
  object["partition"] = region.partition.number;
  object["type"] = region.partition.type;
  object["label"] = hw::shown_text(region.partition.label);
  object["file_system"] = region.file_system;
  object["bytes"] = bytes_json(bytes);
  put_ranges(object, "not_golden", diff.blocks.ranges_in(range_of(region), Subtracted::kNotGolden));
  object["same"] = region.same;
  object["not_compared"] = region.not_compared;
  json::array files;
  for (const auto& found : region.files.files) files.push_back(file_json(found));
  object["files"] = std::move(files);
  object["internal"] = json::array(region.files.internal.begin(), region.files.internal.end());
  put_planted(object, "unallocated", region.unallocated);
  const auto named = region.files.not_golden_bytes + region.unallocated_bytes;
  const auto not_golden = of(bytes, Subtracted::kNotGolden);
  object["not_golden_bytes"] = json::object{{"in_files", region.files.not_golden_bytes},
                                            {"unallocated", region.unallocated_bytes},
                                            {"other", not_golden > named ? not_golden - named : 0}};
  return object;
}

std::string number(std::uint64_t bytes) { return web::human_bytes(bytes); }

std::string planted_text(const PlantedRanges& found) {
  const auto& planted = found.listed;
  std::string text;
  for (std::size_t i = 0; i < planted.size() && i < kShownRanges; ++i) {
    text += "\n    " + std::to_string(planted[i].range.length_bytes) + " bytes from byte " + std::to_string(planted[i].range.offset_bytes) +
            (planted[i].looks_like.empty() ? "" : ", begins like a " + planted[i].looks_like);
  }
  if (planted.size() > kShownRanges) text += "\n    and " + std::to_string(planted.size() - kShownRanges + found.omitted) + " more ranges (--json lists them)";
  return text;
}

std::string files_text(const RegionDiff& region) {
  if (region.same) return "\n  every block is the golden image's";
  if (!region.not_compared.empty()) return "\n  files not compared: " + hw::plain_text(region.not_compared);
  std::string text;
  for (const auto& found : region.files.files) {
    std::string what;
    for (const auto& word : found.what) what += (what.empty() ? "" : ", ") + word;
    text += "\n  " + found.state + std::string(8 - std::min<std::size_t>(found.state.size(), 7), ' ') + hw::plain_text(found.path) +
            (found.file.folder() ? "/" : "") + (what.empty() ? "" : "  (" + what + ")");
    if (found.content) text += "\n          SHA-256 " + to_hex(found.content->sha256);
  }
  if (region.files.files.empty()) text += "\n  no file differs";
  if (!region.unallocated.listed.empty()) text += "\n  in free space, not golden:" + planted_text(region.unallocated);
  if (!region.files.internal.empty()) {
    text += "\n  the file system's own files differ, as they do on every disk in use:";
    for (const auto& name : region.files.internal) text += " " + hw::plain_text(name);
  }
  return text;
}

std::string region_text(const DiskDiff& diff, const RegionDiff& region) {
  const auto bytes = diff.blocks.bytes_in(range_of(region));
  const auto name = region.partition.number == 0 ? std::string("Whole disk") : "Partition " + std::to_string(region.partition.number);
  return "\n\n" + name + (region.file_system.empty() ? "" : ", " + hw::plain_text(region.file_system)) + ", " + number(region.partition.length_bytes) +
         " from byte " + std::to_string(region.partition.offset_bytes) + ": " + number(of(bytes, Subtracted::kNotGolden)) + " not golden, " +
         number(of(bytes, Subtracted::kElsewhere)) + " golden elsewhere, " + number(of(bytes, Subtracted::kEmpty)) + " emptied, " +
         number(of(bytes, Subtracted::kUnreadable)) + " unreadable";
}

}  // namespace

json::object diff_json(const DiffArguments& arguments, const DiskDiff& diff) {
  json::array regions;
  for (const auto& region : diff.regions) regions.push_back(region_json(diff, region));
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
  put_ranges(outside, "not_golden", not_golden);
  return {{"evidence", arguments.id},
          {"machine", diff.machine},
          {"image", diff.golden_id},
          {"image_name", diff.golden_name},
          {"disk_bytes", diff.blocks.disk_bytes()},
          {"bytes", bytes_json(diff.blocks.bytes_in({0, diff.blocks.disk_bytes()}))},
          {"partition_table", diff.table},
          {"outside_partitions", std::move(outside)},
          {"partitions", std::move(regions)}};
}

std::string diff_text(const DiffArguments& arguments, const DiskDiff& diff) {
  const auto all = diff.blocks.bytes_in({0, diff.blocks.disk_bytes()});
  std::string text = hw::plain_text(arguments.id) + " against " + hw::plain_text(diff.golden_name) + " (" + diff.golden_id + ")" +
                     "\n  same place        " + number(of(all, Subtracted::kSame)) + "\n  golden elsewhere  " + number(of(all, Subtracted::kElsewhere)) +
                     "\n  emptied           " + number(of(all, Subtracted::kEmpty)) + "\n  not golden        " + number(of(all, Subtracted::kNotGolden)) +
                     "\n  unreadable        " + number(of(all, Subtracted::kUnreadable));
  if (diff.table == "golden") text += "\n  The disk's partition table contradicts itself: the golden image's is used.";
  if (!diff.outside_sectors.listed.empty()) text += "\n  outside the partitions, not golden:" + planted_text(diff.outside_sectors);
  for (const auto& region : diff.regions) {
    text += region_text(diff, region);
    if (!arguments.blocks_only) text += files_text(region);
  }
  return text;
}

}  // namespace resus::analysis
