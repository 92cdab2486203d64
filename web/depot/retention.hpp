#pragma once
// Legal holds, and the deletion of evidence: who may, when not, and what it leaves. imaging/FORMAT.md section 16.
#include <atomic>
#include <boost/json.hpp>
#include <string>

#include "hw/clock.hpp"
#include "imaging/custody.hpp"
#include "imaging/store.hpp"
#include "web/depot/jobs.hpp"
#include "web/depot/machines.hpp"

namespace resus::depot {

using hw::Result;

/// Until when evidence is kept: `days` after its copy was complete, as RFC 3339; empty: for ever.
[[nodiscard]] std::string kept_until(const imaging::Record& record, std::uint32_t days);
/// Errors: kEvidenceKept before the retention's end; where evidence is kept for ever, without an `override_reason`.
[[nodiscard]] Result<void> check_retention(const imaging::EvidenceInfo& info, std::uint32_t days, const std::string& override_reason,
                                           hw::UtcTime now);
/// Tombstone, then what nobody else needs is freed; a custody line before the first and one after the second.
/// Errors: kEvidenceKept while it is held, the store's, the log's: then nothing is deleted.
[[nodiscard]] Result<boost::json::object> delete_evidence(imaging::Store& store, imaging::CustodyLog& custody, const imaging::SigningKey& key,
                                                          const imaging::EvidenceInfo& info, const imaging::Hold& by,
                                                          const std::string& override_reason);
/// [{actor, reason, time}…]
[[nodiscard]] boost::json::array holds_array(const std::vector<imaging::Hold>& holds);
/// {id, machine_id, deleted_at, actor, reason, freed, disk_bytes, sha256}
[[nodiscard]] boost::json::object deleted_object(const imaging::DeletedEvidence& deleted);

/// Everything outlives the object.
struct RetentionServices {
  imaging::Store& store;
  imaging::CustodyLog& custody;
  const imaging::SigningKey& key;
  const Machines& machines;
  Jobs& jobs;
  const hw::Clock& clock;
  std::uint32_t days = 0;  ///< 0: for ever
};

/// Threads: any.
class Retention {
 public:
  explicit Retention(RetentionServices services) : s_(services) {}
  /// Both demand a reason and leave a custody line before they act. Errors: kBadInput, kNotFound, kConflict (not held).
  [[nodiscard]] Result<void> hold(const std::string& id, const std::string& reason, const std::string& actor);
  [[nodiscard]] Result<void> lift(const std::string& id, const std::string& reason, const std::string& actor);

  struct Order {
    std::string id;
    std::string reason;
    std::string override_reason;  ///< why evidence that is kept for ever goes all the same
  };
  /// Looks at everything that keeps it, now and again when the job's turn comes. Errors: kBadInput without a reason,
  /// kNotFound, kEvidenceKept (held, needed by a machine's recovery, its retention not ended), kConflict while it is exported.
  [[nodiscard]] Result<Job> remove(const Order& order, const std::string& actor);
  /// Once a minute: what could not be freed because acquisitions were under way.
  void reclaim_if_due();
  /// {holds[], kept_until}
  [[nodiscard]] boost::json::object facts(const imaging::EvidenceInfo& info) const;

 private:
  [[nodiscard]] Result<imaging::EvidenceInfo> may_go(const Order& order) const;
  [[nodiscard]] Result<void> note(const std::string& actor, const char* action, const std::string& reason, const imaging::EvidenceInfo& info) const;
  RetentionServices s_;
  std::atomic<bool> reclaiming_{false};
};

}  // namespace resus::depot
