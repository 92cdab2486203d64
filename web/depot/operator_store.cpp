// What the store and the backup shelf hold, and evidence as it was read.
#include "imaging/base64.hpp"
#include "imaging/json_fields.hpp"
#include "web/depot/backup_view.hpp"
#include "web/depot/operator_sections.hpp"
#include "web/depot/printed_page.hpp"
#include "web/depot/store_json.hpp"
#include "web/report/report_page.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

/// Says how long the body would be: an answer to HEAD.
class NothingOfLength final : public transport::BodyStream {
 public:
  explicit NothingOfLength(std::uint64_t length_bytes) : length_bytes_(length_bytes) {}
  void next(std::function<void(std::optional<std::string>)> ready) override { ready(std::nullopt); }
  [[nodiscard]] std::optional<std::uint64_t> length_bytes() const override { return length_bytes_; }

 private:
  std::uint64_t length_bytes_;
};

Result<Response> images(OperatorServices& s, const Call&, const Person&) {
  json::array images;
  for (const auto& info : s.store.images()) images.emplace_back(image_object(info, s.store_jobs.image_verdict(info.manifest.id)));
  return reply_json(json::object{{"images", std::move(images)}});
}

Result<Response> image(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto info, s.store.find_image(call.args[0]));
  auto object = image_object(info, s.store_jobs.image_verdict(info.manifest.id));
  object["manifest"] = json::parse(imaging::to_json(info.manifest));
  return reply_json(object);
}

Result<Response> backups(OperatorServices& s, const Call&, const Person&) {
  RESUS_TRY(const auto all, s.backups.list());
  json::array backups;
  for (const auto& backup : all) backups.emplace_back(backup_object(backup));
  return reply_json(json::object{{"backups", std::move(backups)}});
}

/// A page shows so many names; the command line shows them all.
constexpr std::size_t kMostNames = 1000;

Result<Response> backup(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto info, s.backups.find(call.args[0]));
  RESUS_TRY(const auto manifest, s.scan_gate.manifest(info.id));
  return reply_json(backup_details(info, manifest, kMostNames));
}

json::object evidence_object(const OperatorServices& s, const imaging::EvidenceInfo& info) {
  const auto& r = info.record;
  const auto machine = s.machines.find(r.context.machine_id);
  return {{"id", info.id}, {"machine_id", r.context.machine_id}, {"slot", machine ? machine->slot : ""},
          {"host", machine ? machine->hostname : ""}, {"disk_serial", machine ? machine->disk.serial : ""},
          {"disk_bytes", r.disk_bytes}, {"root", to_hex(r.root)}, {"sha256", to_hex(r.sha256)}, {"bytes_read", r.bytes_read},
          {"bytes_added", r.bytes_added}, {"bytes_known", r.bytes_known}, {"unreadable", r.unreadable_bytes},
          {"state", r.verified_at.empty() ? "copied" : "verified"}, {"finished_at", r.verified_at}};
}

Result<Response> evidence(OperatorServices& s, const Call&, const Person&) {
  json::array list;
  for (const auto& info : s.store.evidence()) {
    auto object = evidence_object(s, info);
    object["retention"] = s.retention.facts(info);
    list.emplace_back(std::move(object));
  }
  return reply_json(json::object{{"evidence", std::move(list)}});
}

Result<Response> one_evidence(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto info, s.store.find_evidence(call.args[0]));
  auto object = evidence_object(s, info);
  object["record"] = json::parse(imaging::to_json(info.record));
  object["stamp"] = s.stamper.state(info.id);
  object["retention"] = s.retention.facts(info);
  return reply_json(object);
}

Result<Response> envelope(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto text, s.store.record_envelope(call.args[0]));
  RESUS_TRY(const auto parsed, imaging::parse_json(text, "record"));
  return reply_json(parsed);
}

Result<Response> unreadable(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto reader, s.store.open_evidence(call.args[0]));
  json::array ranges;
  for (const auto& range : reader->map().unreadable())
    ranges.push_back(json::object{{"offset", range.offset_bytes}, {"length", range.length_bytes}, {"cause", static_cast<unsigned>(range.cause)}});
  return reply_json(json::object{{"unreadable", std::move(ranges)}});
}

Result<Response> deleted(OperatorServices& s, const Call&, const Person&) {
  json::array list;
  for (const auto& one : s.store.deleted_evidence()) list.emplace_back(deleted_object(one));
  return reply_json(json::object{{"deleted", std::move(list)}});
}

Result<Response> report_json(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto report, s.reports.report(call.args[0]));
  auto response = reply_json(report);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Result<Response> report_html(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto report, s.reports.report(call.args[0]));
  return printed_page(report::report_page(report), report::report_style());
}

/// The whole disk has one SHA-256, whatever part of it is sent. Source: RFC 9530 section 3.
void add_hash(Response& response, const imaging::Digest& sha256) {
  const std::string_view bytes(reinterpret_cast<const char*>(sha256.bytes.data()), sha256.bytes.size());
  response.headers.add("Repr-Digest", "sha-256=:" + imaging::base64_encode(bytes) + ":");
  response.headers.add("ETag", "\"" + to_hex(sha256) + "\"");
  response.headers.add("Cache-Control", "no-store");
}

Result<Response> raw(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto info, s.store.find_evidence(call.args[0]));
  auto [response, part] = transport::ranged_response(call.request, "application/octet-stream", info.record.disk_bytes);
  add_hash(response, info.record.sha256);
  if (!part) return std::move(response);
  if (call.request.method == "HEAD") {
    response.body = std::shared_ptr<transport::BodyStream>(std::make_shared<NothingOfLength>(part->length_bytes));
    return std::move(response);
  }
  const imaging::ByteRange range{part->offset_bytes, part->length_bytes};
  const std::string format(call.request.param("format", "raw"));
  if (format != "raw" && format != "e01") return hw::fail(hw::Code::kUsage, "format is raw or e01");
  RESUS_TRY(auto started, s.exports.start(info.id, range, person.name, [&](const std::string& job) {
    return s.store_jobs.note_export({info.id, format, range, job}, person.name);
  }));
  response.headers.add("Resus-Job", started.job);
  response.body = std::move(started.body);
  return std::move(response);
}

Result<Response> custody(OperatorServices& s, const Call&, const Person&) {
  const auto head = s.custody.head();
  return reply_json(json::object{{"head", imaging::to_string(head)}, {"entries", head.sequence}, {"verdict", s.store_jobs.custody_verdict()}});
}

}  // namespace

void add_store_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.read("/api/v1/images", with(images));
  routes.read("/api/v1/images/{}", with(image), Role::kViewer);
  routes.read("/api/v1/backups", with(backups));
  routes.read("/api/v1/backups/{}", with(backup));
  routes.read("/api/v1/evidence", with(evidence));
  routes.read("/api/v1/evidence/{}", with(one_evidence), Role::kViewer);
  routes.read("/api/v1/evidence/{}/envelope", with(envelope), Role::kViewer);
  routes.read("/api/v1/evidence/{}/unreadable", with(unreadable), Role::kViewer);
  routes.read("/api/v1/deleted-evidence", with(deleted), Role::kViewer);
  routes.read("/api/v1/evidence/{}/report", with(report_html), Role::kViewer);
  routes.read("/api/v1/evidence/{}/report.json", with(report_json), Role::kViewer);
  routes.read("/api/v1/evidence/{}/raw", with(raw), Role::kSupervisor);
  routes.read("/api/v1/custody", with(custody), Role::kViewer);
}

}  // namespace resus::depot
