#include "hw/plain_text.hpp"
#include "web/analysis/evidence_search.hpp"
#include "web/analysis/stored_disk_json.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/workbench.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

json::object scrub_json(const imaging::ScrubReport& report) {
  json::array frames, affected;
  for (const auto& frame : report.damaged_frames) frames.push_back({{"pack", frame.pack}, {"frame", frame.frame}, {"reason", hw::shown_text(frame.reason)}});
  for (const auto& one : report.affected) {
    auto disk = disk_json(one.disk);
    json::array ranges;
    for (const auto& range : one.ranges) ranges.push_back({{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}});
    disk["ranges"] = std::move(ranges);
    disk["map_problem"] = hw::shown_text(one.map_problem);
    affected.push_back(std::move(disk));
  }
  return {{"ok", report.damaged_frames.empty() && report.affected.empty()},
          {"bytes_checked", report.bytes_checked},
          {"damaged_frames", std::move(frames)},
          {"affected", std::move(affected)}};
}

std::string scrub_text(const imaging::ScrubReport& report) {
  const bool ok = report.damaged_frames.empty() && report.affected.empty();
  std::string text = web::human_bytes(report.bytes_checked) + (ok ? " read again: every block is what its id says" : " read again: DAMAGED");
  for (const auto& frame : report.damaged_frames) {
    text += "\n  pack " + std::to_string(frame.pack) + " frame " + std::to_string(frame.frame) + ": " + hw::plain_text(frame.reason);
  }
  for (const auto& one : report.affected) {
    text += "\n  affected: " + disk_text(one.disk) + (one.map_problem.empty() ? "" : ": " + hw::plain_text(one.map_problem));
    for (const auto& range : one.ranges) {
      text += "\n    " + std::to_string(range.length_bytes) + " bytes from byte " + std::to_string(range.offset_bytes);
    }
  }
  if (!ok && report.affected.empty()) text += "\n  no finished evidence and no golden image has anything there";
  return text;
}

}  // namespace

hw::Result<int> evidence_scrub(web::Environment& environment, const std::string& path, const std::stop_token& stop) {
  RESUS_TRY(const auto store, web::look_at(environment, path));
  web::ProgressLine line(environment, "reading the store again");
  RESUS_TRY(const auto report, store->scrub([&](const imaging::Progress& p) { line.progress(p); }, stop));
  const auto object = scrub_json(report);
  environment.output.print(object, [&] { return scrub_text(report); });
  return object.at("ok").as_bool() ? web::kExitOk : web::kExitFailed;
}

}  // namespace resus::analysis
