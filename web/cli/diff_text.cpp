// A difference in words.
#include "hw/plain_text.hpp"
#include "web/cli/analysis_text.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/output.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr std::size_t kShownRanges = 20;

std::string plain(const json::object& object, std::string_view key) { return hw::plain_text(text_field(object, key)); }
std::string size_of(const json::object& bytes, std::string_view kind) { return human_bytes(number_field(bytes, kind)); }
const json::array& list(const json::object& object, std::string_view key) { return object.at(key).as_array(); }

std::string planted_text(const json::object& object, const std::string& key) {
  const auto& planted = list(object, key);
  std::string text;
  for (std::size_t i = 0; i < planted.size() && i < kShownRanges; ++i) {
    const auto& one = planted[i].as_object();
    const auto looks_like = plain(one, "looks_like");
    text += "\n    " + std::to_string(number_field(one, "length_bytes")) + " bytes from byte " + std::to_string(number_field(one, "offset_bytes")) +
            (looks_like.empty() ? "" : ", begins like a " + looks_like);
  }
  const auto omitted = number_field(object, key + "_omitted");
  const auto shown = std::min(planted.size(), kShownRanges);
  if (planted.size() + omitted > shown) text += "\n    and " + std::to_string(planted.size() - shown + omitted) + " more ranges (--json lists them)";
  return text;
}

std::string file_text(const json::object& file) {
  const auto state = plain(file, "state");
  std::string what;
  for (const auto& word : list(file, "what")) what += (what.empty() ? "" : ", ") + std::string(word.as_string());
  const bool folder = file.contains("folder") && file.at("folder").as_bool();
  std::string text = "\n  " + state + std::string(8 - std::min<std::size_t>(state.size(), 7), ' ') + plain(file, "path") + (folder ? "/" : "") +
                     (what.empty() ? "" : "  (" + what + ")");
  if (file.contains("sha256")) text += "\n          SHA-256 " + plain(file, "sha256");
  return text;
}

std::string files_text(const json::object& region) {
  if (region.at("same").as_bool()) return "\n  every block is the golden image's";
  if (const auto why = plain(region, "not_compared"); !why.empty()) return "\n  files not compared: " + why;
  std::string text;
  for (const auto& file : list(region, "files")) text += file_text(file.as_object());
  if (list(region, "files").empty()) text += "\n  no file differs";
  if (const auto omitted = number_field(region, "files_omitted"); omitted > 0) text += "\n  and " + std::to_string(omitted) + " more files, counted but not listed";
  if (!list(region, "unallocated").empty()) text += "\n  in free space, not golden:" + planted_text(region, "unallocated");
  if (!list(region, "internal").empty()) {
    text += "\n  the file system's own files differ, as they do on every disk in use:";
    for (const auto& name : list(region, "internal")) text += " " + hw::plain_text(name.as_string());
  }
  return text;
}

std::string region_text(const json::object& region) {
  const auto& bytes = region.at("bytes").as_object();
  const auto partition = number_field(region, "partition");
  const auto file_system = plain(region, "file_system");
  return "\n\n" + (partition == 0 ? std::string("Whole disk") : "Partition " + std::to_string(partition)) + (file_system.empty() ? "" : ", " + file_system) +
         ", " + size_of(region, "length_bytes") + " from byte " + std::to_string(number_field(region, "offset_bytes")) + ": " +
         size_of(bytes, "not_golden") + " not golden, " + size_of(bytes, "elsewhere") + " golden elsewhere, " + size_of(bytes, "empty") + " emptied, " +
         size_of(bytes, "unreadable") + " unreadable";
}

}  // namespace

std::string diff_text(const json::object& diff, bool blocks_only) {
  const auto& all = diff.at("bytes").as_object();
  const auto& outside = diff.at("outside_partitions").as_object();
  std::string text = plain(diff, "evidence") + " against " + plain(diff, "image_name") + " (" + plain(diff, "image") + ")" +
                     "\n  same place        " + size_of(all, "same") + "\n  golden elsewhere  " + size_of(all, "elsewhere") +
                     "\n  emptied           " + size_of(all, "empty") + "\n  not golden        " + size_of(all, "not_golden") +
                     "\n  unreadable        " + size_of(all, "unreadable");
  if (diff.at("partition_table") == "golden") text += "\n  The disk's partition table contradicts itself: the golden image's is used.";
  if (!list(outside, "sectors").empty()) text += "\n  outside the partitions, not golden:" + planted_text(outside, "sectors");
  for (const auto& one : list(diff, "partitions")) {
    text += region_text(one.as_object());
    if (!blocks_only) text += files_text(one.as_object());
  }
  return text;
}

}  // namespace resus::web
