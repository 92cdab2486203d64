#include "web/cli/online_evidence.hpp"

#include "web/cli/depot_jobs.hpp"
#include "web/cli/e01_output.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr std::uint64_t kMostReportBytes = 256ull << 20;

std::string address_of(const std::string& id) { return "/api/v1/evidence/" + path_part(id); }

/// The depot's words in those of the commands on a store of one's own.
json::object row_of(const json::object& evidence) {
  const auto field = [&](std::string_view key) {
    const auto* value = evidence.if_contains(key);
    return value != nullptr ? *value : json::value();
  };
  return {{"id", field("id")},         {"machine", field("machine_id")},     {"bytes", field("disk_bytes")},
          {"root", field("root")},     {"sha256", field("sha256")},          {"bytes_added", field("bytes_added")},
          {"unreadable", field("unreadable")}, {"verified_at", field("finished_at")}};
}

/// When a transfer broke off, the depot knows why.
hw::Error reason_of(DepotClient& depot, const std::string& id, hw::Error broken) {
  if (broken.code != hw::Code::kNetwork) return broken;
  const auto answer = depot.get("/api/v1/jobs");
  if (!answer) return broken;
  const auto jobs = list_of(answer.value(), "jobs");
  if (!jobs) return broken;
  for (const auto& job : jobs.value()) {  // newest first
    if (!job.is_object() || text_field(job.as_object(), "kind") != "evidence.export" || text_field(job.as_object(), "subject") != id) continue;
    const auto state = text_field(job.as_object(), "state");
    if (state != "failed" && state != "cancelled") break;
    auto reason = job_error(job.as_object());
    reason.secondary.push_back(broken.to_string());
    return reason;
  }
  return broken;
}

hw::Result<std::vector<imaging::UnreadableRange>> unreadable_of(DepotClient& depot, const std::string& id) {
  RESUS_TRY(const auto answer, depot.get(address_of(id) + "/unreadable"));
  RESUS_TRY(const auto list, list_of(answer, "unreadable"));
  std::vector<imaging::UnreadableRange> ranges;
  for (const auto& one : list) {
    RESUS_TRY(const auto range, object_of(one, "range"));
    ranges.push_back({number_field(range, "offset"), number_field(range, "length"), static_cast<imaging::ReadCause>(number_field(range, "cause"))});
  }
  return ranges;
}

/// What goes into and beside an E01 set, from the depot.
hw::Result<E01Source> e01_source(DepotClient& depot, const std::string& id, const json::object& evidence) {
  E01Source source;
  source.evidence.id = text_field(evidence, "id");
  RESUS_TRY(source.evidence.record, imaging::record_from_json(json::serialize(evidence.at("record"))));
  RESUS_TRY(source.unreadable, unreadable_of(depot, id));
  RESUS_TRY(const auto envelope, depot.get(address_of(id) + "/envelope"));
  source.envelope = json::serialize(envelope);
  return source;
}

}  // namespace

hw::Result<int> online_evidence_list(Environment& environment, const std::string& data) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/evidence"));
  RESUS_TRY(const auto list, list_of(answer, "evidence"));
  json::array rows;
  for (const auto& one : list) {
    RESUS_TRY(const auto object, object_of(one, "evidence"));
    rows.push_back(row_of(object));
  }
  environment.output.table(kEvidenceColumns, rows);
  return kExitOk;
}

hw::Result<int> online_evidence_show(Environment& environment, const std::string& data, const std::string& id) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get(address_of(id)));
  RESUS_TRY(const auto evidence, object_of(answer, "evidence"));
  const auto* record = evidence.if_contains("record");
  if (record == nullptr) return hw::fail(hw::Code::kProtocol, "the depot's answer has no record");
  environment.output.print(*record, [&] { return pretty(*record); });
  return kExitOk;
}

hw::Result<int> online_evidence_verify(Environment& environment, const std::string& data, const std::string& id, bool detach,
                                       const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const JobRequest request{.target = address_of(id) + "/verify", .body = {}, .verb = "verifying", .detach = detach};
  RESUS_TRY(const auto report, run_job(environment, depot, request, stop));
  return report ? print_report(environment, *report) : kExitOk;
}

hw::Result<int> online_evidence_export(Environment& environment, const std::string& data, const ExportArguments& arguments,
                                       const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get(address_of(arguments.id)));
  RESUS_TRY(const auto evidence, object_of(answer, "evidence"));
  RESUS_TRY(const auto sha256, imaging::digest_from_hex(text_field(evidence, "sha256")));
  const Expected expected{.bytes = number_field(evidence, "disk_bytes"), .sha256 = sha256};
  const std::stop_callback interrupted(stop, [&depot] { depot.cancel(); });
  const auto produce = [&](HashedOutput& out) -> hw::Result<void> {
    const auto done = depot.download(address_of(arguments.id) + "/raw?format=" + arguments.format, expected.bytes,
                                     [&out](std::span<const std::byte> bytes) { return out.take(bytes); });
    if (!done) return hw::failure(reason_of(depot, arguments.id, done.error()));
    return hw::success();
  };
  if (arguments.format == "raw") return export_to(environment, arguments, expected, stop, produce);
  RESUS_TRY(const auto source, e01_source(depot, arguments.id, evidence));
  return export_e01(environment, arguments, source, stop, produce);
}

hw::Result<int> online_evidence_report(Environment& environment, const std::string& data, const ReportArguments& arguments) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const auto target = address_of(arguments.id) + (arguments.format == "json" ? "/report.json" : "/report");
  std::string text;
  RESUS_TRY(depot.download(target, kMostReportBytes, [&text](std::span<const std::byte> bytes) -> hw::Result<void> {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return hw::success();
  }));
  return write_document(environment, arguments.output, text);
}

hw::Result<int> online_custody_verify(Environment& environment, const std::string& data, bool detach, const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const JobRequest request{.target = "/api/v1/custody/verify", .body = {}, .verb = "checking", .detach = detach};
  RESUS_TRY(const auto report, run_job(environment, depot, request, stop));
  return report ? print_custody(environment, *report) : kExitOk;
}

hw::Result<int> online_custody_head(Environment& environment, const std::string& data) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/custody"));
  RESUS_TRY(const auto custody, object_of(answer, "custody log"));
  environment.output.print(custody, [&] { return pretty(custody); });
  return kExitOk;
}

}  // namespace resus::web
