// What people ask for, and what must be true before a machine is written to.
#include "web/depot/machine_steps.hpp"

namespace resus::depot {

namespace {
using hw::Code;
using imaging::Condition;
using imaging::Event;
using imaging::Phase;
}  // namespace

Result<std::string> hold(MachineRecord& r) {
  if (r.condition == Condition::kCancelled) return hw::fail(Code::kConflict, "the machine is cancelled");
  set_ok(r);
  r.condition = Condition::kHeld;
  return std::string("Held");
}

Result<std::string> resume(MachineRecord& r) {
  if (r.condition != Condition::kHeld) return hw::fail(Code::kConflict, "the machine is not held");
  settle(r);
  return std::string("Resumed");
}

Result<std::string> retry(MachineRecord& r, std::int64_t now_ms) {
  if (!r.pending.agent.key.empty()) return hw::fail(Code::kConflict, "compare the code and approve first");
  RESUS_TRY(move_on(r, Event::kRetried));
  set_ok(r);
  ++r.attempt;
  r.round = 0;
  r.finished_at_ms = 0;
  r.released = false;
  r.unscanned_accepted = false;
  r.acquisition_id.clear();
  r.phone_token.clear();
  if (r.phase == Phase::kQueued) {
    r.evidence = {};
    r.gaps_accepted = false;
    r.disk_accepted = false;
    r.queued_at_ms = now_ms;
  }
  settle(r);
  return "Attempt " + std::to_string(r.attempt) + " begins";
}

Result<std::string> cancel(MachineRecord& r) {
  if (r.phase >= Phase::kReady) return hw::fail(Code::kConflict, "the machine is ready");
  set_ok(r);
  r.condition = Condition::kCancelled;
  return std::string("Cancelled; the evidence stays");
}

Result<std::string> release(MachineRecord& r) {
  r.released = true;
  return std::string("Released: it boots its own disk from now on");
}

Result<std::string> collect(MachineRecord& r) {
  RESUS_TRY(move_on(r, Event::kCollectedByUser));
  return std::string("Collected");
}

Result<std::string> accept_gaps(MachineRecord& r) {
  if (r.evidence.unreadable_bytes == 0 || r.gaps_accepted) return hw::fail(Code::kConflict, "there are no gaps to accept");
  r.gaps_accepted = true;
  if (r.condition == Condition::kNeedsYou && r.code == hw::info(Code::kRead).id) set_ok(r);
  return std::string("The unreadable part was accepted as lost");
}

Result<std::string> locate(MachineRecord& r, std::int64_t now_ms) {
  r.locate_until_ms = r.locate_until_ms > now_ms ? 0 : now_ms + kLocateMs;
  return std::string();
}

Result<void> may_write(const MachineRecord& r) {
  if (!r.agent.approved) return hw::fail(Code::kNotApproved, "the machine is not approved");
  if (r.evidence.id.empty() || r.phase < Phase::kImaging) {
    return hw::fail(Code::kEvidenceIncomplete, "the copy is not verified yet");
  }
  if (gaps_open(r)) return hw::fail(Code::kConflict, "the unreadable part of the disk is not accepted as lost");
  const bool going = r.condition == Condition::kOk || r.condition == Condition::kInterrupted;
  if (!going) return hw::fail(Code::kConflict, "the machine is " + std::string(to_string(r.condition)));
  if (r.phase != Phase::kImaging && r.phase != Phase::kRestoring) {
    return hw::fail(Code::kConflict, "the machine is past writing");
  }
  return hw::success();
}

Result<void> same_attempt(const MachineRecord& r, std::uint32_t attempt) {
  if (attempt == r.attempt) return hw::success();
  return hw::fail(Code::kConflict, "attempt " + std::to_string(attempt) + " is not the machine's, which is " + std::to_string(r.attempt));
}

Result<void> same_revision(const MachineRecord& r, std::optional<std::uint64_t> revision) {
  if (!revision || *revision == r.rev) return hw::success();
  return hw::fail(Code::kConflict, "the machine has changed since it was shown");
}

}  // namespace resus::depot
