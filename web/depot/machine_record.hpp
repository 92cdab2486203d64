#pragma once
// What the depot knows of one machine and keeps through power cuts.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/machine.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/lifecycle.hpp"
#include "web/depot/stage_times.hpp"

namespace resus::depot {

using hw::Result;

/// The disk an approval was given for. Empty serial and size 0: not bound yet.
struct BoundDisk {
  std::string path;  ///< as it was called at approval: for people
  std::string serial;
  std::string model;
  std::uint64_t size_bytes = 0;
};

/// The agent that speaks for a machine.
struct AgentBinding {
  std::string key;      ///< hex SHA-256 of its SPKI
  std::string boot_id;
  bool approved = false;
  std::string build;
  std::string status_url;
};

/// An agent that says it is this machine, and whom nobody has approved yet while another one is.
struct PendingAgent {
  AgentBinding agent;  ///< empty key: there is none
  hw::MachineIdentity identity;
  std::vector<hw::DiskIdentity> disks;
  std::int64_t last_contact_ms = 0;  ///< not stored: after a restart of the depot it is silent until it is heard
};

struct VerifiedEvidence {
  std::string id;
  std::string root;    ///< hex
  std::string sha256;  ///< hex
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_added = 0;
  std::uint64_t bytes_known = 0;
  std::uint64_t unreadable_bytes = 0;
  std::int64_t verified_at_ms = 0;
  double seconds = 0;
  imaging::AcquisitionTimes busy;
};

/// Times are UTC milliseconds since the epoch, 0 for never.
struct MachineRecord {
  std::string id;           ///< "m-" + six characters
  std::uint64_t rev = 0;    ///< the change that last touched what people decide upon, see decided_upon()
  std::uint64_t seq = 0;    ///< the last change of any kind, contact and queue included; not stored
  std::uint32_t attempt = 1;
  std::uint32_t round = 0;  ///< counts how often the same attempt's copy was begun again
  std::string slot;
  imaging::Phase phase = imaging::Phase::kDiscovered;
  imaging::Condition condition = imaging::Condition::kOk;
  std::string code;         ///< why it is not ok
  std::string detail;
  std::vector<std::pair<std::string, std::string>> params;
  AgentBinding agent;
  hw::MachineIdentity identity;
  std::vector<hw::DiskIdentity> disks;
  PendingAgent pending;
  std::int64_t ticket_ms = 0;  ///< issue of the boot ticket that let the current agent in: only a later one is fresh
  std::string refused_key;     ///< the agent that was refused last because another one was heard as this machine
  std::int64_t refused_at_ms = 0;
  std::int64_t seen_at_ms = 0;  ///< first contact
  BoundDisk disk;
  std::string image_id, image_name;
  std::string backup_id;
  std::string hostname;     ///< of the restored system
  std::string acquisition_id;
  bool gaps_accepted = false;
  bool disk_accepted = false;       ///< copied as it is, although part of it is hidden, locked or encrypted
  bool unscanned_accepted = false;  ///< its backup may be restored although it was not wholly scanned
  bool released = false;
  std::int64_t locate_until_ms = 0;  ///< the machine shows itself until then
  VerifiedEvidence evidence;
  std::vector<StageTime> times;  ///< work of this attempt, see keep_times()
  std::string phone_token;
  std::string deployed_json = "{}";  ///< the agent's reports, as sent
  std::string restored_json = "{}";
  std::int64_t queued_at_ms = 0, started_at_ms = 0, finished_at_ms = 0, last_contact_ms = 0;
};

/// One line of a machine's history.
struct TimelineEntry {
  std::int64_t t_ms = 0;
  std::string actor;  ///< "depot", "agent" or an operator's name
  std::string action; ///< "approve", "copy_verified"
  std::string text;
  std::string code;
  std::string machine_id;
};

[[nodiscard]] std::string to_json(const MachineRecord& record);
/// Errors: kBadInput when the catalogue's row is not what to_json() writes.
[[nodiscard]] Result<MachineRecord> machine_from_json(std::string_view json);
/// Could machine_from_json() read it again? What could not must never be stored. Errors: kBadInput naming the field.
[[nodiscard]] Result<void> check_readable(const MachineRecord& record);

/// What an operator has before his eyes when he decides: state, plan, evidence, approval, disks. Two records with the same
/// text ask for the same decision. Contact and what follows from it alone (interrupted) is not in it, nor the place in the queue.
[[nodiscard]] std::string decided_upon(const MachineRecord& record);

/// Where the approved disk will end after the next power cycle, as far as any boot of this machine knew it. 0: where it ends now.
[[nodiscard]] std::uint64_t lasting_bytes(const MachineRecord& record);

/// MAC of the first link with one, canonical; empty if none.
[[nodiscard]] std::string first_mac(const hw::MachineIdentity& identity);

}  // namespace resus::depot
