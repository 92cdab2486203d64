#include "web/depot/evidence_reports.hpp"

#include "imaging/trusted_keys.hpp"
#include "web/depot/backup_view.hpp"
#include "web/messages/identity_json.hpp"
#include "web/report/evidence_report.hpp"

namespace resus::depot {

namespace json = boost::json;

json::object EvidenceReports::machine_facts(const imaging::EvidenceInfo& info) const {
  const auto machine = machines_.find(info.record.context.machine_id);
  if (!machine) return {};
  json::object facts{{"id", machine->id}, {"slot", machine->slot}, {"host", machine->hostname}, {"phase", to_string(machine->phase)},
                     {"condition", to_string(machine->condition)}, {"agent_build", machine->agent.build},
                     {"identity", messages::machine_object(machine->identity)}};
  if (machine->evidence.id != info.id) return facts;  // what was written since belongs to another copy
  json::error_code ignored;  // reports were parsed when they came in
  facts["deployed"] = json::parse(machine->deployed_json, ignored);
  facts["restored"] = json::parse(machine->restored_json, ignored);
  if (machine->backup_id.empty()) return facts;
  if (const auto backup = backups_.find(machine->backup_id)) facts["backup"] = backup_object(backup.value());
  return facts;
}

Result<json::object> EvidenceReports::report(std::string_view evidence_id) const {
  RESUS_TRY(const auto info, store_.find_record(evidence_id));
  RESUS_TRY(const auto keys, imaging::trusted_keys(files_, store_path_));
  return report::evidence_report({.files = files_, .store = store_, .store_path = store_path_, .trusted = keys,
                                  .now = hw::to_rfc3339(clock_.now()), .made_by = "resus " RESUS_VERSION,
                                  .machine = machine_facts(info), .stamp = stamper_.state(info.id)}, info.id);
}

}  // namespace resus::depot
