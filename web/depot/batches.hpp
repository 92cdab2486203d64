#pragma once
// One action on many machines, with a result for each.
#include "web/depot/approvals.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/sign_in.hpp"

namespace resus::depot {

/// What POST /batches asks.
struct BatchRequest {
  std::string action;
  std::vector<std::string> ids;
  std::optional<std::uint64_t> expected_count;
  std::string reason;
  ApprovalRequest approval;  ///< `params`, for approve
  std::string confirm_slot;
  std::optional<std::uint64_t> confirm_count;
  std::string disk_serial;   ///< repeated by destructive calls; empty: not given
};
/// Errors: kBadInput naming the field. `filter` is resolved by the caller's machines.
[[nodiscard]] Result<BatchRequest> parse_batch(std::string_view body, const Machines& machines);

/// Threads: any. Everything outlives the object.
class Batches {
 public:
  Batches(Machines& machines, Approvals& approvals, Catalogue& catalogue, const hw::Clock& clock)
      : machines_(machines), approvals_(approvals), catalogue_(catalogue), clock_(clock) {}
  /// With `revision` nothing is done to a machine of another one: its result is kConflict.
  /// Returns {batch_id, results}. Errors: kBadInput, kConflict when the count differs, kUnauthorized for the role.
  [[nodiscard]] Result<std::string> run(std::string_view body, const Person& person,
                                        std::optional<std::uint64_t> revision = std::nullopt);

 private:
  [[nodiscard]] Result<void> act(const BatchRequest& request, const std::string& id, const Person& person);
  Machines& machines_;
  Approvals& approvals_;
  Catalogue& catalogue_;
  const hw::Clock& clock_;
};

}  // namespace resus::depot
