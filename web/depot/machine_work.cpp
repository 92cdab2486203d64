// What agent and depot report of the work: it moves a machine on, or stops it.
#include <algorithm>

#include "web/depot/machine_steps.hpp"

namespace resus::depot {
namespace {

using hw::Code;
using imaging::Condition;
using imaging::Event;
using imaging::Phase;

/// Needs a person: a code that says so rather than a failure.
bool asks_a_person(Code code) {
  return code == Code::kManyDisks || code == Code::kDiskChanged || code == Code::kRead || code == Code::kSpace ||
         code == Code::kImageTooLarge || code == Code::kWriteBlock || code == Code::kScanMissing ||
         code == Code::kDiskQuestion;
}

std::string open_questions(const std::vector<hw::DiskQuestion>& questions, const std::vector<std::string>& decided) {
  std::string text;
  for (const auto& question : questions) {
    if (std::ranges::find(decided, question.kind) == decided.end()) text += (text.empty() ? "" : "; ") + question.text;
  }
  return text;
}

}  // namespace

Result<std::string> begin_turn(MachineRecord& r, std::int64_t now_ms) {
  RESUS_TRY(move_on(r, Event::kStarted));
  if (r.started_at_ms == 0) r.started_at_ms = now_ms;
  return std::string("Its turn: the copy begins");
}

Result<std::string> begin_copy(MachineRecord& r, const std::string& acquisition_id,
                               const messages::BeginAcquisition& request, const std::vector<std::string>& decided) {
  const auto& disk = request.disk;
  if (r.phase != Phase::kCopying) return hw::fail(Code::kConflict, "the machine is not to be copied now");
  if (disk.serial != r.disk.serial || disk.size_bytes != r.disk.size_bytes) {
    return hw::fail(Code::kDiskChanged, "the disk is not the one approved (" + r.disk.serial + ")");
  }
  const auto open = open_questions(request.questions, decided);
  if (!open.empty() && !r.disk_accepted) return hw::fail(Code::kDiskQuestion, open);
  r.acquisition_id = acquisition_id;
  if (!request.questions.empty()) {
    return "Copying " + disk.path + ", " + disk.model + ", as it is: " + open_questions(request.questions, {});
  }
  return std::string("Copying " + disk.path + ", " + disk.model);
}

Result<std::string> copied(MachineRecord& r) {
  RESUS_TRY(move_on(r, Event::kCopied));
  return std::string("Everything was delivered; the depot reads the copy again");
}

Result<std::string> copy_verified(MachineRecord& r, const VerifiedEvidence& evidence, std::uint64_t plan_accepts) {
  RESUS_TRY(move_on(r, Event::kCopyVerified));
  r.evidence = evidence;
  const auto gaps = evidence.unreadable_bytes / 512;
  const bool by_plan = gaps > 0 && gaps <= plan_accepts;
  r.gaps_accepted = r.gaps_accepted || by_plan;
  if (r.condition == Condition::kOk || waits_for_room(r)) settle(r);  // all of it is stored: there was room
  if (by_plan) return "The copy is complete but for " + std::to_string(gaps) + " unreadable sectors, which the plan accepts: " + evidence.id;
  return "The copy is complete, durable and read back: " + evidence.id;
}

Result<std::string> copy_mismatch(MachineRecord& r, const hw::Error& why) {
  RESUS_TRY(move_on(r, Event::kCopyMismatch));
  r.acquisition_id.clear();
  ++r.round;
  // The first mismatch is copied again by itself; the second one asks for an analyst.
  if (r.round > 1) set_trouble(r, Condition::kNeedsYou, why.code, why.context);
  return std::string("The copy does not match the disk. Nothing was erased.");
}

Result<std::string> deployed(MachineRecord& r, const std::string& report_json) {
  if (r.phase == Phase::kRestoring) return std::string();  // the answer was lost, the report is not
  if (!r.agent.approved) return hw::fail(Code::kNotApproved, "the machine is not approved");
  RESUS_TRY(move_on(r, Event::kImaged));
  r.deployed_json = report_json;
  return std::string("The golden image is written and read back");
}

Result<std::string> restored(MachineRecord& r, const std::string& report_json, const std::string& malware) {
  if (r.phase == Phase::kVerifyingInstall) return std::string();
  RESUS_TRY(move_on(r, Event::kRestored));
  r.restored_json = report_json;
  return "The user's data is back and verified; the machine starts its own system" + (malware.empty() ? "" : ". " + malware);
}

bool waits_for_scan(const MachineRecord& r) {
  return r.condition == Condition::kNeedsYou && r.code == hw::info(Code::kScanMissing).id;
}

Result<std::string> scan_missing(MachineRecord& r, const std::string& detail) {
  if (r.phase != Phase::kRestoring || r.unscanned_accepted || r.condition != Condition::kOk) return std::string();
  set_trouble(r, Condition::kNeedsYou, Code::kScanMissing, detail);
  return "Waits before the restore: " + detail;
}

Result<std::string> scan_done(MachineRecord& r) {
  if (!waits_for_scan(r)) return std::string();
  settle(r);
  return std::string("Its backup has been scanned; the restore goes on");
}

Result<std::string> accept_unscanned(MachineRecord& r) {
  if (!waits_for_scan(r)) return hw::fail(Code::kConflict, "the machine does not wait for a scan of its backup");
  r.unscanned_accepted = true;
  settle(r);
  return std::string("Its backup may be restored although it was not wholly scanned for malware");
}

bool waits_for_disk(const MachineRecord& r) {
  return r.condition == Condition::kNeedsYou && r.code == hw::info(Code::kDiskQuestion).id;
}

Result<std::string> accept_disk(MachineRecord& r) {
  if (!waits_for_disk(r)) return hw::fail(Code::kConflict, "there is no question about its disk");
  r.disk_accepted = true;
  set_ok(r);
  return std::string("Its disk is copied as it is");
}

Result<std::string> phoned_home(MachineRecord& r, std::int64_t now_ms) {
  if (r.phase == Phase::kReady || r.phase == Phase::kCollected) return std::string();
  RESUS_TRY(move_on(r, Event::kPhonedHome));
  set_ok(r);
  r.finished_at_ms = now_ms;
  return std::string("The restored system reported in");
}

Result<std::string> trouble(MachineRecord& r, const messages::Trouble& report) {
  const auto* known = hw::find_code(report.code);
  if (known == nullptr) return hw::fail(Code::kBadInput, "unknown code " + report.code);
  if (r.condition == Condition::kHeld || r.condition == Condition::kCancelled) return std::string();
  if (known->code == Code::kScanMissing && r.unscanned_accepted) return std::string();  // answered meanwhile
  if (known->code == Code::kDiskQuestion && r.disk_accepted) return std::string();
  const auto condition = asks_a_person(known->code) ? Condition::kNeedsYou : Condition::kFailed;
  if (r.condition == condition && r.code == report.code) return std::string();
  set_trouble(r, condition, known->code, report.detail);
  r.params = report.params;
  return std::string(known->what_happened) + " " + report.detail;
}

Result<std::string> space_gone(MachineRecord& r) {
  if (r.condition != Condition::kOk) return std::string();
  set_trouble(r, Condition::kNeedsYou, Code::kSpace, "the evidence disk is full; the machine waits and nothing is lost");
  return std::string("Paused: the evidence disk is full");
}

bool waits_for_room(const MachineRecord& r) { return r.code == hw::info(Code::kSpace).id; }

bool should_be_heard(const MachineRecord& r) {
  return r.condition == Condition::kOk && r.phase >= Phase::kQueued && r.phase <= Phase::kRestoring;
}

Result<std::string> space_back(MachineRecord& r) {
  if (!waits_for_room(r)) return std::string();
  set_ok(r);
  return std::string("There is room again; the copy goes on");
}

Result<std::string> contact_lost(MachineRecord& r) {
  if (!should_be_heard(r)) return std::string();
  set_trouble(r, Condition::kInterrupted, Code::kNetwork, "no contact");
  return std::string("No contact for a minute. Check power and cable.");
}

Result<std::string> install_silent(MachineRecord& r, std::int64_t now_ms) {
  if (r.phase != Phase::kVerifyingInstall || r.condition != Condition::kOk) return std::string();
  if (now_ms - r.last_contact_ms < kReportInMs) return std::string();
  set_trouble(r, Condition::kNeedsYou, Code::kNetwork, "the restored system has not reported in");
  return std::string("The restored system has not reported in");
}

Result<std::string> contact_back(MachineRecord& r) {
  if (r.condition != Condition::kInterrupted) return std::string();
  set_ok(r);
  return std::string("Contact is back");
}

Result<std::string> session_gone(MachineRecord& r) {
  if (r.phase != Phase::kVerifyingCopy) return std::string();
  RESUS_TRY(move_on(r, Event::kCopyMismatch));
  r.acquisition_id.clear();
  return std::string("The depot was started again during the check; what is stored is not sent twice");
}

Result<std::string> check_unrecorded(MachineRecord& r, const hw::Error& why) {
  if (r.phase != Phase::kVerifyingCopy) return std::string();
  RESUS_TRY(move_on(r, Event::kCopyMismatch));
  r.acquisition_id.clear();
  return "The outcome of the check could not be recorded (" + why.context + "); the copy begins again, what is stored is not sent twice";
}

}  // namespace resus::depot
