#include "web/depot/approvals.hpp"

#include "hw/log.hpp"

namespace resus::depot {
namespace {

/// A name that every operating system takes: letters, digits, hyphens, at most 15 (NetBIOS).
std::string default_hostname(const MachineRecord& record) {
  std::string name = "pc-";
  for (const char c : record.id.substr(2)) name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  return name;
}

}  // namespace

Approvals::Approvals(Machines& machines, imaging::Store& store, BackupShelf& backups, Catalogue& catalogue,
                     const hw::Clock& clock, PlanConfig plan)
    : machines_(machines), store_(store), backups_(backups), catalogue_(catalogue), clock_(clock), config_(std::move(plan)) {}

PlanConfig Approvals::plan() const {
  PlanConfig plan = config_;
  if (auto image = catalogue_.find_setting("plan.image"); image && image.value()) plan.image = *image.value();
  if (auto backup = catalogue_.find_setting("plan.backup"); backup && backup.value()) plan.backup = *backup.value();
  if (auto scan = catalogue_.find_setting("plan.require_scan"); scan && scan.value()) plan.require_scan = *scan.value() == "yes";
  return plan;
}

Result<void> Approvals::set_plan(const PlanConfig& plan) {
  if (!plan.image.empty()) {
    RESUS_TRY(store_.find_image(plan.image));
  }
  if (!plan.backup.empty()) {
    RESUS_TRY(backups_.find(plan.backup));
  }
  RESUS_TRY(catalogue_.put_setting("plan.image", plan.image));
  RESUS_TRY(catalogue_.put_setting("plan.require_scan", plan.require_scan ? "yes" : "no"));
  return catalogue_.put_setting("plan.backup", plan.backup);
}

Result<std::uint32_t> Approvals::partition_for_files(std::string_view image_id) const {
  RESUS_TRY(const auto image, store_.find_image(image_id));
  std::uint32_t number = 0;
  std::uint64_t largest = 0;
  for (const auto& partition : image.manifest.partitions) {
    const bool takes_files = partition.file_system == "ext4" || partition.file_system == "ntfs";
    if (!takes_files || partition.length_bytes <= largest) continue;
    largest = partition.length_bytes;
    number = partition.number;
  }
  return number;
}

Result<Approval> Approvals::fill_in(const MachineRecord& record, const ApprovalRequest& request) const {
  const auto defaults = plan();
  Approval approval{.short_code = request.short_code, .expected_code = machines_.live(record).short_code, .check_code = true,
                    .slot = request.slot, .hostname = request.hostname, .image_id = {}, .image_name = {}, .image_bytes = 0,
                    .backup_id = {}, .disk_serial = request.disk_serial, .attempt = request.attempt,
                    .now_ms = clock_.now().time_since_epoch().count()};
  if (approval.hostname.empty()) approval.hostname = default_hostname(record);
  if (const auto& wanted = request.image.empty() ? defaults.image : request.image; !wanted.empty()) {
    RESUS_TRY(const auto image, store_.find_image(wanted));
    approval.image_id = image.manifest.id;
    approval.image_name = image.manifest.name;
    approval.image_bytes = image.manifest.disk_bytes;
  }
  if (const auto& wanted = request.backup.empty() ? defaults.backup : request.backup; !wanted.empty() && wanted != "none") {
    RESUS_TRY(const auto backup, backups_.find(wanted));
    approval.backup_id = backup.id;
  }
  return approval;
}

Result<MachineRecord> Approvals::approve(std::string_view id, const Actor& actor, const ApprovalRequest& request) {
  const auto record = machines_.find(id);
  if (!record) return hw::fail(hw::Code::kNotFound, "there is no machine " + std::string(id));
  RESUS_TRY(const auto approval, fill_in(*record, request));
  return machines_.change(id, actor, [&](MachineRecord& r) -> Result<std::string> {
    RESUS_TRY(same_revision(r, request.revision));
    return depot::approve(r, approval);
  });
}

void Approvals::approve_by_plan(std::string_view id) {
  const auto record = machines_.find(id);
  if (!config_.auto_approve || !record || record->agent.approved || !record->pending.agent.key.empty()) return;
  const auto done = [&]() -> Result<MachineRecord> {
    RESUS_TRY(auto approval, fill_in(*record, {}));
    approval.check_code = false;
    return machines_.change(id, {"depot", "approve", "the plan approves every machine"},
                            [&](MachineRecord& r) { return depot::approve(r, approval); });
  }();
  if (!done) hw::log(hw::LogLevel::kWarning, "depot", std::string(id) + " is not approved by the plan: " + done.error().to_string());
}

}  // namespace resus::depot
