#include "web/report/report_events.hpp"

#include <algorithm>
#include <set>

namespace resus::report {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

const json::object* object_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_object() && !value->as_object().empty() ? &value->as_object() : nullptr;
}

/// Lines of a machine name the attempt they belong to; the record does, too, unless it is a workbench's.
bool of_attempt(const ExtractedLine& line, const imaging::Record& record) {
  const auto* attempt = line.details.if_contains("attempt");
  if (attempt == nullptr || !attempt->is_number()) return line.about_evidence;
  return std::to_string(attempt->to_number<std::uint64_t>()) == record.context.attempt;
}

json::object act_of(const ExtractedLine& line, std::string_view what) {
  const auto& event = line.entry.event;
  return {{"what", what}, {"actor", event.actor}, {"reason", event.reason}, {"time", line.entry.time}, {"text", text_of(line.details, "text")}};
}

/// The last line of this action that names the evidence.
const ExtractedLine* last_of(const CustodyExtract& custody, std::string_view action) {
  const auto found = std::find_if(custody.lines.rbegin(), custody.lines.rend(), [&](const ExtractedLine& line) {
    return line.about_evidence && line.entry.event.action == action;
  });
  return found == custody.lines.rend() ? nullptr : &*found;
}

/// What lets a machine go on although something is missing.
bool is_waiver(const ExtractedLine& line) {
  const auto& action = line.entry.event.action;
  return action == "accept_gaps" || action == "accept_unscanned" || action == "release" ||
         (action == "permit.issue" && line.details.contains("waiver"));
}

json::object waiver_of(const ExtractedLine& line) {
  auto act = act_of(line, line.entry.event.action);
  if (const auto* waiver = object_in(line.details, "waiver")) {
    act["actor"] = text_of(*waiver, "actor");
    act["reason"] = text_of(*waiver, "reason");
    act["text"] = "Leave to write without complete evidence, permit " + text_of(line.details, "permit_id");
  }
  return act;
}

}  // namespace

json::object times(const imaging::Record& record, const CustodyExtract& custody) {
  json::array stages;
  std::string phase;
  for (const auto& line : custody.lines) {
    const auto now = text_of(line.details, "phase");
    if (now.empty() || now == phase || !of_attempt(line, record)) continue;
    phase = now;
    stages.push_back(json::object{{"stage", phase}, {"at", line.entry.time}, {"actor", line.entry.event.actor}, {"text", text_of(line.details, "text")}});
  }
  return {{"started_at", record.started_at}, {"copied_at", record.copied_at}, {"verified_at", record.verified_at},
          {"copy_ms", static_cast<std::uint64_t>(record.seconds * 1000)}, {"stages", std::move(stages)}};
}

json::object people(const imaging::Record& record, const CustodyExtract& custody) {
  json::array approvals, waivers;
  for (const auto& line : custody.lines) {
    if (!of_attempt(line, record)) continue;
    if (line.entry.event.action == "approve") approvals.push_back(act_of(line, "approve"));
    if (is_waiver(line)) waivers.push_back(waiver_of(line));
  }
  return {{"operator", record.context.operator_name}, {"approvals", std::move(approvals)}, {"waivers", std::move(waivers)}};
}

json::value last_verification(const CustodyExtract& custody) {
  const auto* line = last_of(custody, "evidence.verify");
  if (line == nullptr) return nullptr;
  const auto* ok = line->details.if_contains("ok");
  return json::object{{"ok", ok != nullptr && ok->is_bool() && ok->get_bool()}, {"time", line->entry.time}, {"actor", line->entry.event.actor}};
}

json::value installed(const imaging::Store& store, const json::object& machine, const CustodyExtract& custody) {
  const auto* permit = last_of(custody, "permit.issue");
  if (permit == nullptr) return nullptr;
  const auto image_id = text_of(permit->details, "image_id");
  const auto image = store.find_image(image_id);
  json::object receipt{{"image_id", image_id}, {"image_name", image ? image.value().manifest.name : std::string()},
                       {"image_root", text_of(permit->details, "image_root")}, {"permit_id", text_of(permit->details, "permit_id")},
                       {"permit_issued_at", permit->entry.time}, {"disk_serial", text_of(permit->details, "disk_serial")},
                       {"read_back", false}, {"finished_at", nullptr}, {"report", nullptr}};
  // Either line is written only after what lies on the disk was read back and gave the image's root.
  const auto* done = last_of(custody, "deployed");
  if (done == nullptr) done = last_of(custody, "image.deployed");
  if (done == nullptr || done->entry.sequence < permit->entry.sequence) return receipt;
  receipt["read_back"] = true;
  receipt["finished_at"] = done->entry.time;
  if (done->entry.event.action == "image.deployed") receipt["report"] = done->details;
  else if (const auto* report = object_in(machine, "deployed")) receipt["report"] = *report;
  return receipt;
}

json::value restored(const json::object& machine, const CustodyExtract& custody) {
  const auto* report = object_in(machine, "restored");
  if (report == nullptr) return nullptr;
  json::object out{{"report", *report}, {"backup", nullptr}, {"text", ""}, {"finished_at", nullptr}};
  if (const auto* line = last_of(custody, "restored")) {
    out["text"] = text_of(line->details, "text");
    out["finished_at"] = line->entry.time;
  }
  if (const auto* backup = object_in(machine, "backup")) out["backup"] = *backup;
  return out;
}

json::object custody_chain(const CustodyExtract& custody) {
  const auto& report = custody.report;
  json::array lines;
  for (const auto& line : custody.lines) {
    const auto& event = line.entry.event;
    lines.push_back(json::object{{"seq", line.entry.sequence}, {"time", line.entry.time}, {"actor", event.actor}, {"machine", event.machine},
                                 {"action", event.action}, {"reason", event.reason}, {"text", text_of(line.details, "text")},
                                 {"sha256", to_hex(line.line)}});
  }
  return {{"ok", report.entries > 0 && !report.first_broken_line}, {"entries", report.entries}, {"head", imaging::to_string(report.head)},
          {"torn_bytes", report.torn_bytes}, {"problem", report.problem},
          {"first_broken_line", report.first_broken_line ? json::value(*report.first_broken_line) : json::value()},
          {"lines", std::move(lines)}};
}

}  // namespace resus::report
