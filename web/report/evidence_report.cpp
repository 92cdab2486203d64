#include "web/report/evidence_report.hpp"

#include <algorithm>

#include "web/report/custody_extract.hpp"
#include "web/report/report_events.hpp"
#include "web/report/stamp_facts.hpp"

namespace resus::report {
namespace {

namespace json = boost::json;

const char* cause_words(imaging::ReadCause cause) {
  switch (cause) {
    case imaging::ReadCause::kMedium: return "medium";
    case imaging::ReadCause::kTimeout: return "timeout";
    case imaging::ReadCause::kDeviceGone: return "device_gone";
    case imaging::ReadCause::kNotTried: return "not_tried";
  }
  return "unknown";
}

/// The record as it was signed, and by whom.
struct SignedRecord {
  imaging::Record record;
  json::object signature;  ///< {ok, key, problem}
};

hw::Result<SignedRecord> signed_record(const ReportSources& sources, const imaging::EvidenceInfo& info) {
  RESUS_TRY(const auto envelope, sources.store.record_envelope(info.id));
  SignedRecord found{.record = info.record, .signature = {{"ok", false}, {"key", ""}, {"problem", ""}}};
  boost::system::error_code broken;
  if (const auto value = json::parse(envelope, broken); !broken && value.is_object() && value.as_object().contains("key")) {
    found.signature["key"] = value.at("key");
  }
  const auto payload = imaging::open_envelope(envelope, imaging::Purpose::kRecord, sources.trusted, hw::Code::kEvidenceDamaged);
  if (!payload) {
    found.signature["problem"] = payload.error().context;
  } else if (imaging::evidence_id(payload.value()) != info.id) {
    found.signature["problem"] = "the record is not the one this id was made from";
  } else {
    RESUS_TRY(found.record, imaging::record_from_json(payload.value()));
    found.signature["ok"] = true;
  }
  return found;
}

json::object evidence_facts(const imaging::EvidenceInfo& info, const SignedRecord& found) {
  const auto& r = found.record;
  return {{"id", info.id}, {"incident", r.context.incident}, {"machine", r.context.machine_id}, {"attempt", r.context.attempt},
          {"tool", r.context.tool}, {"disk_bytes", r.disk_bytes}, {"bytes_read", r.bytes_read}, {"bytes_added", r.bytes_added},
          {"bytes_known", r.bytes_known}, {"signature", found.signature}};
}

json::object hashes(const imaging::Record& r) {
  return {{"sha256", to_hex(r.sha256)}, {"root", to_hex(r.root)}, {"md5", r.md5}, {"sha1", r.sha1}, {"map_sha256", to_hex(r.map_sha256)}};
}

std::uint64_t sector_bytes(const json::object& device) {
  const auto* size = device.if_contains("logical_sector_bytes");
  if (size != nullptr && size->is_int64() && size->get_int64() > 0) return static_cast<std::uint64_t>(size->get_int64());
  return 512;  // what disks count in unless they say otherwise
}

/// Who deleted it, when and why; null while it is there.
json::value deletion(const imaging::Store& store, const std::string& id) {
  const auto all = store.deleted_evidence();
  const auto found = std::ranges::find(all, id, &imaging::DeletedEvidence::id);
  if (found == all.end()) return nullptr;
  return json::object{{"time", found->by.time}, {"actor", found->by.actor}, {"reason", found->by.reason}, {"freed", found->freed}};
}

/// Every range of the map; those of the record when the map is damaged or deleted (`map` says so).
json::object gaps(const ReportSources& sources, const imaging::EvidenceInfo& info, const imaging::Record& record,
                  std::uint64_t sector) {
  const auto reader = sources.store.open_evidence(info.id);
  const auto& ranges = reader ? reader.value()->map().unreadable() : record.unreadable;
  json::array list;
  for (const auto& range : ranges) {
    const auto first = range.offset_bytes / sector;
    const auto end = (range.offset_bytes + range.length_bytes + sector - 1) / sector;
    list.push_back(json::object{{"offset", range.offset_bytes}, {"length", range.length_bytes}, {"cause", cause_words(range.cause)},
                                {"first_sector", first}, {"sectors", end - first}});
  }
  return {{"bytes", record.unreadable_bytes}, {"count", record.unreadable_count}, {"sector_bytes", sector},
          {"map", reader ? std::string("matches the record") : reader.error().context}, {"ranges", std::move(list)}};
}

json::array holds(const imaging::Store& store, const std::string& id) {
  json::array list;
  const auto holds = store.holds(id);
  if (!holds) return list;
  for (const auto& hold : holds.value()) list.push_back(json::object{{"actor", hold.actor}, {"reason", hold.reason}, {"time", hold.time}});
  return list;
}

}  // namespace

hw::Result<json::object> evidence_report(const ReportSources& sources, std::string_view id) {
  RESUS_TRY(const auto info, sources.store.find_record(id));
  RESUS_TRY(const auto found, signed_record(sources, info));
  const auto& record = found.record;
  RESUS_TRY(const auto custody, extract_custody(sources.files, sources.store_path + "/custody.log", sources.trusted,
                                                record.context.machine_id, info.id));
  const auto device = json::parse(record.device_json).as_object();  // an object: record_from_json() has seen to it
  json::object report{{"v", 1}, {"kind", "evidence-report"}, {"made_at", sources.now}, {"made_by", sources.made_by}};
  report["evidence"] = evidence_facts(info, found);
  report["machine"] = sources.machine.empty() ? json::value() : json::value(sources.machine);
  report["disk"] = device;
  report["deleted"] = deletion(sources.store, info.id);
  report["hashes"] = hashes(record);
  report["times"] = times(record, custody);
  report["people"] = people(record, custody);
  report["gaps"] = gaps(sources, info, record, sector_bytes(device));
  report["verification"] = last_verification(custody);
  report["installed"] = installed(sources.store, sources.machine, custody);
  report["restored"] = restored(sources.machine, custody);
  report["stamp"] = sources.stamp.empty() ? stamp_facts(sources.store, info.id, {}) : sources.stamp;
  report["holds"] = holds(sources.store, info.id);
  report["custody"] = custody_chain(custody);
  return report;
}

}  // namespace resus::report
