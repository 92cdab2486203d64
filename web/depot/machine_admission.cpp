// Who a machine is, and how it comes in: first contact, re-admission, pretenders, approval.
#include <algorithm>

#include "web/depot/machine_steps.hpp"

namespace resus::depot {
namespace {

using hw::Code;
using imaging::Condition;
using imaging::Event;
using imaging::Phase;

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

/// A kernel that finds an area lifted by an earlier boot has nothing to tell of it: what is known of the same disk stays known.
std::vector<hw::DiskIdentity> with_memory(std::vector<hw::DiskIdentity> disks, const std::vector<hw::DiskIdentity>& known) {
  for (auto& disk : disks) {
    if (disk.lasting_bytes != 0 || disk.serial.empty()) continue;
    const auto before = std::ranges::find_if(known, [&](const auto& one) { return one.serial == disk.serial && one.size_bytes == disk.size_bytes; });
    if (before != known.end()) disk.lasting_bytes = before->lasting_bytes;
  }
  return disks;
}

void take_over(MachineRecord& r, const AgentFacts& facts, bool approved) {
  r.agent = facts.agent;
  r.agent.approved = approved;
  r.identity = facts.identity;
  r.disks = with_memory(facts.disks, r.disks);
  r.pending = {};
  r.ticket_ms = std::max(r.ticket_ms, facts.ticket_ms);
}

/// This depot's boot script was fetched after the machine was last heard, and no agent came with its ticket yet.
bool fresh_ticket(const MachineRecord& r, const AgentFacts& facts) {
  return facts.ticket_ms > r.last_contact_ms && facts.ticket_ms > r.ticket_ms;
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
    next.disks = with_memory(next.pending.disks, r.disks);
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
  if (const auto room = disk.lasting_bytes == 0 ? disk.size_bytes : disk.lasting_bytes; a.image_bytes > room) {
    return hw::fail(Code::kImageTooLarge, "the image needs " + std::to_string(a.image_bytes) + " bytes, the disk has " + std::to_string(room));
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

}  // namespace resus::depot
