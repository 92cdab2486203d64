// Searches and scrubs in words.
#include "web/cli/analysis_text.hpp"

#include "hw/plain_text.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/output.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

std::string plain(const json::object& object, std::string_view key) { return hw::plain_text(text_field(object, key)); }
std::string number(const json::object& object, std::string_view key) { return std::to_string(number_field(object, key)); }
const json::array& list(const json::object& object, std::string_view key) { return object.at(key).as_array(); }

/// "ev-… (machine m-7, ST1000, serial Z1)", "golden image ward (img-…)".
std::string disk_name(const json::object& disk) {
  if (disk.at("kind") == "golden image") return "golden image " + plain(disk, "name") + " (" + plain(disk, "id") + ")";
  const auto machine = plain(disk, "machine"), model = plain(disk, "model"), serial = plain(disk, "serial");
  return plain(disk, "id") + " (" + (machine.empty() ? "workbench" : "machine " + machine) + (model.empty() ? "" : ", " + model) +
         (serial.empty() ? "" : ", serial " + serial) + ")";
}

std::string frame_name(const json::object& frame) {
  return "pack " + number(frame, "pack") + " frame " + number(frame, "frame") + ": " + plain(frame, "reason");
}

std::string not_searched_text(const json::object& found) {
  const auto& missed = found.at("not_searched").as_object();
  std::string text;
  for (const auto& frame : list(missed, "frames")) text += "\nNOT SEARCHED: " + frame_name(frame.as_object());
  for (const auto& disk : list(missed, "disks")) text += "\nNOT SEARCHED: " + hw::plain_text(disk.as_string());
  return text;
}

std::string places_text(const json::object& found) {
  const auto& disks = list(found, "disks");
  std::string text = disks.empty() ? "On no disk." : "On " + std::to_string(disks.size()) + " disks:";
  for (const auto& one : disks) {
    const auto& disk = one.as_object();
    const auto& offsets = list(disk, "offsets_bytes");
    text += "\n  " + disk_name(disk) + ": " + number(disk, "count") + " times, at byte";
    for (const auto& offset : offsets) text += " " + json::serialize(offset);
    if (number_field(disk, "count") > offsets.size()) text += " …";
  }
  if (number_field(found, "unreferenced") > 0) {
    text += "\n" + number(found, "unreferenced") + " more in stored blocks of no finished evidence (a copy that broke off)";
  }
  return text + not_searched_text(found);
}

std::string file_text(const json::object& found) {
  std::string text = "SHA-256 " + plain(found, "sha256") + ", " + number(found, "blocks") + " different blocks";
  if (list(found, "disks").empty()) text += "\nOn no disk.";
  for (const auto& one : list(found, "disks")) {
    const auto& disk = one.as_object();
    text += "\n  " + disk_name(disk) + (disk.at("whole").as_bool() ? ": the whole file" : ": " + number(disk, "found_blocks") + " of its blocks") +
            ", last block: " + plain(disk, "last_block");
    for (const auto& value : list(disk, "pieces")) {
      const auto& piece = value.as_object();
      text += "\n    " + number(piece, "length_bytes") + " bytes from byte " + number(piece, "file_offset_bytes") + " of the file at byte " +
              number(piece, "disk_offset_bytes");
    }
    if (number_field(disk, "piece_count") > list(disk, "pieces").size()) text += "\n    …";
  }
  return text + not_searched_text(found);
}

}  // namespace

std::string search_text(const json::object& found) {
  if (found.contains("blocks")) return file_text(found);
  if (!found.contains("whole_disks")) return places_text(found);
  std::string text = "As a block of 4096 bytes: " + places_text(found);
  for (const auto& one : list(found, "whole_disks")) {
    const auto& disk = one.as_object();
    text += "\n" + plain(disk, "what") + ": " + plain(disk, "kind") + " " + plain(disk, "id");
  }
  return text;
}

std::string scrub_text(const json::object& report) {
  const bool ok = report.at("ok").as_bool();
  std::string text = human_bytes(number_field(report, "bytes_checked")) + (ok ? " read again: every block is what its id says" : " read again: DAMAGED");
  for (const auto& frame : list(report, "damaged_frames")) text += "\n  " + frame_name(frame.as_object());
  for (const auto& one : list(report, "affected")) {
    const auto& disk = one.as_object();
    const auto problem = plain(disk, "map_problem");
    text += "\n  affected: " + disk_name(disk) + (problem.empty() ? "" : ": " + problem);
    for (const auto& range : list(disk, "ranges")) {
      text += "\n    " + number(range.as_object(), "length_bytes") + " bytes from byte " + number(range.as_object(), "offset_bytes");
    }
  }
  if (!ok && list(report, "affected").empty()) text += "\n  no finished evidence and no golden image has anything there";
  return text;
}

}  // namespace resus::web
