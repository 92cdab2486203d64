#include "web/depot/machine_rules.hpp"

#include <algorithm>

#include "imaging/block.hpp"

namespace resus::depot {
namespace {

using hw::Code;
using imaging::Condition;
using imaging::Event;
using imaging::Phase;

void set_ok(MachineRecord& r) {
  r.condition = Condition::kOk;
  r.code.clear();
  r.detail.clear();
  r.params.clear();
}

void set_trouble(MachineRecord& r, Condition condition, Code code, std::string detail) {
  r.condition = condition;
  r.code = hw::info(code).id;
  r.detail = std::move(detail);
  r.params.clear();
}

bool gaps_open(const MachineRecord& r) { return r.evidence.unreadable_bytes > 0 && !r.gaps_accepted; }

/// Ends whatever stood against the machine, but not the question about unreadable parts.
void settle(MachineRecord& r) {
  set_ok(r);
  if (!gaps_open(r) || r.phase < Phase::kImaging) return;
  set_trouble(r, Condition::kNeedsYou, Code::kRead, "part of the disk could not be read; the rest of the copy is safe");
  r.params = {{"sectors", std::to_string(r.evidence.unreadable_bytes / 512)}};
}

Result<void> move_on(MachineRecord& r, Event event) {
  RESUS_TRY(r.phase, imaging::next_phase(r.phase, event));
  return hw::success();
}

bool same_machine(const hw::MachineIdentity& a, const hw::MachineIdentity& b) {
  const auto macs = [](const hw::MachineIdentity& id) {
    std::vector<std::string> list;
    for (const auto& link : id.links) list.push_back(link.mac);
    std::ranges::sort(list);
    return list;
  };
  return a.smbios.uuid == b.smbios.uuid && a.smbios.serial == b.smbios.serial && macs(a) == macs(b);
}

bool has_disk(const std::vector<hw::DiskIdentity>& disks, const BoundDisk& bound) {
  return bound.serial.empty() || std::ranges::any_of(disks, [&](const hw::DiskIdentity& disk) {
    return disk.serial == bound.serial && disk.size_bytes == bound.size_bytes;
  });
}

void take_over(MachineRecord& r, const AgentFacts& facts, bool approved) {
  r.agent = facts.agent;
  r.agent.approved = approved;
  r.identity = facts.identity;
  r.disks = facts.disks;
  r.pending = {};
  r.ticket_ms = std::max(r.ticket_ms, facts.ticket_ms);
}

/// This depot's boot script was fetched after the machine was last heard, and no agent came with its ticket yet.
bool fresh_ticket(const MachineRecord& r, const AgentFacts& facts) {
  return facts.ticket_ms > r.last_contact_ms && facts.ticket_ms > r.ticket_ms;
}

/// Needs a person: a code that says so rather than a failure.
bool asks_a_person(Code code) {
  return code == Code::kManyDisks || code == Code::kDiskChanged || code == Code::kRead || code == Code::kSpace ||
         code == Code::kImageTooLarge || code == Code::kWriteBlock || code == Code::kScanMissing;
}

Result<hw::DiskIdentity> choose_disk(const MachineRecord& r, const std::string& serial) {
  const auto candidates = candidate_disks(r.disks);
  if (serial.empty()) {
    if (candidates.empty()) return hw::fail(Code::kNotFound, "the machine shows no fixed disk");
    if (candidates.size() > 1) {
      return hw::fail(Code::kManyDisks, "the machine has " + std::to_string(candidates.size()) + " disks: say which, by serial");
    }
    return candidates.front();
  }
  std::vector<hw::DiskIdentity> found;
  std::ranges::copy_if(r.disks, std::back_inserter(found), [&](const auto& disk) { return disk.serial == serial; });
  if (found.size() > 1) return hw::fail(Code::kManyDisks, "two disks with serial " + serial);
  if (found.empty()) return hw::fail(Code::kDiskChanged, "the machine has no disk with serial " + serial);
  return found.front();
}

}  // namespace

imaging::Contact contact_of(std::int64_t last_contact_ms, std::int64_t now_ms) {
  const auto age = now_ms - last_contact_ms;
  if (age > kLostMs) return imaging::Contact::kLost;
  return age > kQuietMs ? imaging::Contact::kQuiet : imaging::Contact::kLive;
}

Result<std::string> machine_id_of(const hw::MachineIdentity& identity) {
  const auto& name = identity.smbios.uuid.empty() ? first_mac(identity) : identity.smbios.uuid;
  if (name.empty()) return hw::fail(Code::kBadInput, "the machine has neither an SMBIOS UUID nor a MAC address");
  constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  const auto digest = imaging::block_id(std::as_bytes(std::span(name)));
  std::string id = "m-";
  for (std::size_t i = 0; i < 6; ++i) id.push_back(kAlphabet[digest.bytes[i] & 31]);
  return id;
}

std::vector<hw::DiskIdentity> candidate_disks(const std::vector<hw::DiskIdentity>& disks) {
  std::vector<hw::DiskIdentity> candidates;
  std::ranges::copy_if(disks, std::back_inserter(candidates), [](const hw::DiskIdentity& disk) {
    return !disk.removable && disk.transport != "usb" && disk.size_bytes > 0;
  });
  return candidates;
}

namespace {

Result<std::string> first_contact(MachineRecord& r, const AgentFacts& facts) {
  take_over(r, facts, false);
  r.seen_at_ms = facts.now_ms;
  RESUS_TRY(move_on(r, Event::kEnrolled));
  if (const auto count = candidate_disks(r.disks).size(); count > 1) {
    set_trouble(r, Condition::kNeedsYou, Code::kManyDisks, "it has " + std::to_string(count) + " disks: choose one when approving");
  }
  return "First contact: " + r.identity.smbios.manufacturer + " " + r.identity.smbios.product;
}

/// Nobody knows which of the two is the machine: the one that speaks keeps its place, its code may just be being compared.
Result<std::string> start_before_approval(MachineRecord& r, const AgentFacts& facts) {
  const bool gone = contact_of(r.last_contact_ms, facts.now_ms) == imaging::Contact::kLost;
  const bool restarted = same_machine(r.identity, facts.identity) && fresh_ticket(r, facts);
  if (!gone && !restarted) return hw::fail(Code::kIdentity, "another agent was heard as " + r.id + " within the last minute");
  take_over(r, facts, false);
  return std::string("Started again before approval");
}

}  // namespace

bool waits_unapproved(const MachineRecord& r) {
  return !r.agent.approved && r.phase <= Phase::kAwaitingApproval && r.condition != Condition::kHeld;
}

Result<std::string> enrol(MachineRecord& r, const AgentFacts& facts) {
  if (r.agent.key.empty()) return first_contact(r, facts);
  if (r.agent.key == facts.agent.key) {
    take_over(r, facts, r.agent.approved);
    if (r.agent.approved && r.code == hw::info(Code::kIdentity).id) settle(r);
    return std::string();
  }
  const bool live = contact_of(r.last_contact_ms, facts.now_ms) == imaging::Contact::kLive;
  if (live) return hw::fail(Code::kIdentity, "another agent was heard as " + r.id + " a moment ago");
  if (!r.agent.approved) return start_before_approval(r, facts);
  const bool same = same_machine(r.identity, facts.identity) && has_disk(facts.disks, r.disk);
  if (same && fresh_ticket(r, facts)) {
    take_over(r, facts, true);
    if (r.code == hw::info(Code::kIdentity).id) settle(r);  // whoever else asked meanwhile got nothing
    return std::string("Started again from the network and goes on");
  }
  if (r.pending.agent.key == facts.agent.key) return std::string();
  // One at a time: the next one must not push aside the one whose code somebody is comparing.
  const bool asked = !r.pending.agent.key.empty() && facts.now_ms - r.pending.last_contact_ms <= kLostMs;
  if (asked) return hw::fail(Code::kIdentity, "another agent waits to be approved as " + r.id);
  r.pending = {.agent = facts.agent, .identity = facts.identity, .disks = facts.disks, .last_contact_ms = facts.now_ms};
  set_trouble(r, Condition::kNeedsYou, Code::kIdentity,
              same ? "started without a boot script of this depot" : "its identity or disk differs from the approved one");
  return std::string("Another agent presents itself as this machine: " + r.detail);
}

Result<std::string> pretender_refused(MachineRecord& r, const std::string& key, const std::string& address, std::int64_t now_ms) {
  const bool told = r.refused_at_ms != 0 && now_ms - r.refused_at_ms < kRefusalMs;
  if (r.refused_key == key || told) return std::string();
  r.refused_key = key;
  r.refused_at_ms = now_ms;
  return "An agent with another key, at " + address + ", asked to be this machine and was refused";
}

Result<std::string> pretender_gone(MachineRecord& r) {
  if (!r.agent.approved || r.pending.agent.key.empty()) return std::string();
  r.pending = {};
  if (r.code == hw::info(Code::kIdentity).id) settle(r);
  return std::string("The approved agent is heard again; the other one got nothing");
}

Result<std::string> approve(MachineRecord& r, const Approval& a) {
  if (r.phase == Phase::kDiscovered) return hw::fail(Code::kConflict, "the machine has not enrolled yet");
  if (a.attempt && *a.attempt != r.attempt) return hw::fail(Code::kConflict, "the machine is at attempt " + std::to_string(r.attempt));
  const bool again = !r.pending.agent.key.empty();
  if (r.agent.approved && !again) return hw::fail(Code::kConflict, "the machine is approved already");
  if (a.check_code && a.short_code != a.expected_code) {
    return hw::fail(Code::kNotApproved, "the code differs from the one on the machine's screen");
  }
  MachineRecord next = r;
  if (again) {
    next.agent = next.pending.agent;
    next.identity = next.pending.identity;
    next.disks = next.pending.disks;
    next.pending = {};
  }
  next.agent.approved = true;
  settle(next);
  if (r.phase != Phase::kAwaitingApproval) {
    if (!has_disk(next.disks, next.disk)) return hw::fail(Code::kDiskChanged, "the approved disk " + next.disk.serial + " is not in this machine");
    r = std::move(next);
    return std::string("Approved again, goes on where it was");
  }
  RESUS_TRY(const auto disk, choose_disk(next, a.disk_serial));
  if (a.image_id.empty()) return hw::fail(Code::kNotFound, "choose a golden image");
  if (a.image_bytes > disk.size_bytes) {
    return hw::fail(Code::kImageTooLarge, "the image needs " + std::to_string(a.image_bytes) + " bytes, the disk has " + std::to_string(disk.size_bytes));
  }
  next.disk = {.path = disk.path, .serial = disk.serial, .model = disk.model, .size_bytes = disk.size_bytes};
  if (!a.slot.empty()) next.slot = a.slot;
  next.hostname = a.hostname;
  next.image_id = a.image_id;
  next.image_name = a.image_name;
  next.backup_id = a.backup_id;
  next.queued_at_ms = a.now_ms;
  RESUS_TRY(move_on(next, Event::kApproved));
  r = std::move(next);
  return "Approved for disk " + r.disk.serial + ", image " + r.image_name;
}

Result<std::string> begin_turn(MachineRecord& r, std::int64_t now_ms) {
  RESUS_TRY(move_on(r, Event::kStarted));
  if (r.started_at_ms == 0) r.started_at_ms = now_ms;
  return std::string("Its turn: the copy begins");
}

Result<std::string> begin_copy(MachineRecord& r, const std::string& acquisition_id, const hw::DiskIdentity& disk) {
  if (r.phase != Phase::kCopying) return hw::fail(Code::kConflict, "the machine is not to be copied now");
  if (disk.serial != r.disk.serial || disk.size_bytes != r.disk.size_bytes) {
    return hw::fail(Code::kDiskChanged, "the disk is not the one approved (" + r.disk.serial + ")");
  }
  r.acquisition_id = acquisition_id;
  return std::string("Copying " + disk.path + ", " + disk.model);
}

Result<std::string> copied(MachineRecord& r) {
  RESUS_TRY(move_on(r, Event::kCopied));
  return std::string("Everything was delivered; the depot reads the copy again");
}

Result<std::string> copy_verified(MachineRecord& r, const VerifiedEvidence& evidence) {
  RESUS_TRY(move_on(r, Event::kCopyVerified));
  r.evidence = evidence;
  if (r.condition == Condition::kOk || waits_for_room(r)) settle(r);  // all of it is stored: there was room
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
