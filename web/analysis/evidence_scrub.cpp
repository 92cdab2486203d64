#include "hw/plain_text.hpp"
#include "web/analysis/evidence_search.hpp"
#include "web/analysis/stored_disk_json.hpp"

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

}  // namespace

Result<json::object> scrub(imaging::Store& store, const imaging::OnProgress& progress, const std::stop_token& stop) {
  RESUS_TRY(const auto report, store.scrub(progress, stop));
  return scrub_json(report);
}

}  // namespace resus::analysis
