#pragma once
// Approval of machines: by an operator who compared the code, or by the plan.
#include "imaging/store.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/config.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/machines.hpp"

namespace resus::depot {

/// What an operator fills in; empty texts take the plan's.
struct ApprovalRequest {
  std::string short_code, slot, hostname, image, backup, disk_serial;
  std::optional<std::uint32_t> attempt;
  std::optional<std::uint64_t> revision;  ///< the machine must still be this one's; see If-Match in web/API.md
};

/// Threads: any. Everything outlives the object.
class Approvals {
 public:
  Approvals(Machines& machines, imaging::Store& store, BackupShelf& backups, Catalogue& catalogue, const hw::Clock& clock,
            PlanConfig plan);
  [[nodiscard]] Result<MachineRecord> approve(std::string_view id, const Actor& actor, const ApprovalRequest& request);
  /// Where the plan approves by itself: once for every new machine. What stands against it is shown at the machine.
  void approve_by_plan(std::string_view id);
  /// Number of the largest partition with a file system that takes user files; 0: the whole disk is one.
  [[nodiscard]] Result<std::uint32_t> partition_for_files(std::string_view image_id) const;
  /// The plan in force: what was set last, or the configuration's.
  [[nodiscard]] PlanConfig plan() const;
  [[nodiscard]] Result<void> set_plan(const PlanConfig& plan);

 private:
  [[nodiscard]] Result<Approval> fill_in(const MachineRecord& record, const ApprovalRequest& request) const;
  Machines& machines_;
  imaging::Store& store_;
  BackupShelf& backups_;
  Catalogue& catalogue_;
  const hw::Clock& clock_;
  PlanConfig config_;
};

}  // namespace resus::depot
