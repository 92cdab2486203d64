// What the store and the backup shelf hold.
#include "web/depot/backup_view.hpp"
#include "web/depot/operator_sections.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

Result<Response> images(OperatorServices& s, const Call&, const Person&) {
  json::array images;
  for (const auto& info : s.store.images()) {
    const auto& m = info.manifest;
    images.emplace_back(json::object{{"id", m.id}, {"name", m.name}, {"disk_bytes", m.disk_bytes}, {"stored_bytes", info.stored_bytes},
                                     {"root", to_hex(m.root)}, {"created_at", m.created_at}, {"boot_mode", m.boot_mode}, {"verified", nullptr}});
  }
  return reply_json(json::object{{"images", std::move(images)}});
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

Result<Response> evidence(OperatorServices& s, const Call&, const Person&) {
  json::array list;
  for (const auto& info : s.store.evidence()) {
    const auto& r = info.record;
    const auto machine = s.machines.find(r.context.machine_id);
    list.emplace_back(json::object{
        {"id", info.id}, {"machine_id", r.context.machine_id}, {"slot", machine ? machine->slot : ""},
        {"host", machine ? machine->hostname : ""}, {"disk_serial", machine ? machine->disk.serial : ""},
        {"root", to_hex(r.root)}, {"sha256", to_hex(r.sha256)}, {"bytes_read", r.bytes_read}, {"bytes_added", r.bytes_added},
        {"bytes_known", r.bytes_known}, {"unreadable", r.unreadable_bytes}, {"state", r.verified_at.empty() ? "copied" : "verified"}, {"finished_at", r.verified_at}});
  }
  return reply_json(json::object{{"evidence", std::move(list)}});
}

}  // namespace

void add_store_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.read("/api/v1/images", with(images));
  routes.read("/api/v1/backups", with(backups));
  routes.read("/api/v1/backups/{}", with(backup));
  routes.read("/api/v1/evidence", with(evidence));
}

}  // namespace resus::depot
