#include "web/depot/scan_gate.hpp"

#include "hw/log.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/depot/machine_rules.hpp"

namespace resus::depot {
namespace {

std::string what_lacks(const BackupInfo& info) {
  auto what = "the backup " + info.name + " is " + info.verdict;
  if (!info.scan_note.empty()) what += ": " + info.scan_note;
  if (info.not_scanned > 0) what += ": " + std::to_string(info.not_scanned) + " members were not scanned";
  return what;
}

}  // namespace

Result<imaging::BackupManifest> ScanGate::manifest(const std::string& backup_id) const {
  RESUS_TRY(const auto trusted, imaging::trusted_keys(files_, store_));
  return backups_.manifest(backup_id, trusted);
}

Result<void> ScanGate::judge(const MachineRecord& machine) const {
  if (machine.backup_id.empty() || machine.unscanned_accepted || !approvals_.plan().require_scan) return hw::success();
  RESUS_TRY(const auto all, backups_.with_parts(machine.backup_id));
  for (const auto& info : all) {
    RESUS_TRY(const auto found, manifest(info.id));
    if (!is_wholly_scanned(found)) return hw::fail(hw::Code::kScanMissing, what_lacks(info));
  }
  return hw::success();
}

Result<void> ScanGate::pass(Machines& machines, const MachineRecord& machine) const {
  auto judged = judge(machine);
  if (judged || judged.error().code != hw::Code::kScanMissing) return judged;
  RESUS_TRY(machines.change(machine.id, {"depot", "scan_missing"},
                            [&](MachineRecord& r) { return scan_missing(r, judged.error().context); }));
  return judged;
}

void ScanGate::recover(Machines& machines) const {
  for (const auto& record : machines.all()) {
    if (!waits_for_scan(record) || !judge(record)) continue;
    const auto changed = machines.change(record.id, {"depot", "scan_done"}, scan_done);
    if (!changed) hw::log(hw::LogLevel::kWarning, "depot", changed.error().to_string());
  }
}

}  // namespace resus::depot
