#pragma once
// What may happen to a machine and what follows. Pure: no clock, no socket, no catalogue.
//
// Every function changes the record only when it succeeds, and returns the sentence for the machine's
// history (empty: nothing happened that is worth a line). Errors: kConflict when the phase does not allow
// it, others as said.
#include <cstdint>
#include <optional>
#include <string>

#include "imaging/evidence_sink.hpp"
#include "web/depot/machine_record.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/task.hpp"

namespace resus::depot {

inline constexpr std::int64_t kQuietMs = 15'000;
inline constexpr std::int64_t kLostMs = 60'000;
/// From the agent's last word to the restored system's first: a slow PC's firmware, boot and first-boot work.
inline constexpr std::int64_t kReportInMs = 15 * 60'000;
inline constexpr std::int64_t kLocateMs = 120'000;

[[nodiscard]] imaging::Contact contact_of(std::int64_t last_contact_ms, std::int64_t now_ms);

/// A refused pretender is asked about no more often than this, under however many keys it comes.
inline constexpr std::int64_t kRefusalMs = 10 * 60'000;

/// Nobody has approved it: anybody on the wire could have made it up. A held one is kept, an operator knows it.
[[nodiscard]] bool waits_unapproved(const MachineRecord& record);

/// Who enrols.
struct AgentFacts {
  AgentBinding agent;  ///< approved is ignored
  hw::MachineIdentity identity;
  std::vector<hw::DiskIdentity> disks;
  std::int64_t ticket_ms = 0;  ///< when this depot issued its boot ticket, for one of its MACs; 0: no such ticket
  std::int64_t now_ms = 0;
};

/// "m-" + six characters, from the SMBIOS UUID or, where there is none, the first MAC.
/// Errors: kBadInput when there is neither.
[[nodiscard]] Result<std::string> machine_id_of(const hw::MachineIdentity& identity);
/// Disks an operating system could live on: neither removable nor USB.
[[nodiscard]] std::vector<hw::DiskIdentity> candidate_disks(const std::vector<hw::DiskIdentity>& disks);

/// The re-admission rule of web/API.md. Errors: kIdentity while another live agent is this machine, or already asks to be.
[[nodiscard]] Result<std::string> enrol(MachineRecord& record, const AgentFacts& facts);

/// After enrol() said kIdentity. One line a key, and one in kRefusalMs, however often it asks.
[[nodiscard]] Result<std::string> pretender_refused(MachineRecord& record, const std::string& key, const std::string& address,
                                                    std::int64_t now_ms);
/// The approved agent was heard again while another one asked to be the machine.
[[nodiscard]] Result<std::string> pretender_gone(MachineRecord& record);

struct Approval {
  std::string short_code;           ///< typed by the operator; compared with `expected_code`
  std::string expected_code;
  bool check_code = true;           ///< false: approved by the plan (auto_approve), nobody compared
  std::string slot;
  std::string hostname;
  std::string image_id, image_name;
  std::uint64_t image_bytes = 0;
  std::string backup_id;
  std::string disk_serial;          ///< empty: the only candidate
  std::optional<std::uint32_t> attempt;
  std::int64_t now_ms = 0;
};
/// Errors: kNotApproved (code differs), kManyDisks, kNotFound (no disk, no image), kImageTooLarge.
[[nodiscard]] Result<std::string> approve(MachineRecord& record, const Approval& approval);

// What the depot and the agent report.
[[nodiscard]] Result<std::string> begin_turn(MachineRecord& record, std::int64_t now_ms);
/// Errors: kDiskChanged; kDiskQuestion while a question about the disk is open: neither the plan nor a person has decided it.
/// @param decided  kinds of questions that the plan decides: the disk is copied as it is
[[nodiscard]] Result<std::string> begin_copy(MachineRecord& record, const std::string& acquisition_id,
                                             const messages::BeginAcquisition& request,
                                             const std::vector<std::string>& decided = {});
/// Its disk is hidden in part, locked or encrypted, and nobody has decided yet.
[[nodiscard]] bool waits_for_disk(const MachineRecord& record);
[[nodiscard]] Result<std::string> copied(MachineRecord& record);
/// @param plan_accepts  unreadable sectors of 512 bytes that the plan accepts without asking
[[nodiscard]] Result<std::string> copy_verified(MachineRecord& record, const VerifiedEvidence& evidence, std::uint64_t plan_accepts = 0);
[[nodiscard]] Result<std::string> copy_mismatch(MachineRecord& record, const hw::Error& why);
[[nodiscard]] Result<std::string> deployed(MachineRecord& record, const std::string& report_json);
/// @param malware  a sentence about what was left out because of malware; empty: nothing
[[nodiscard]] Result<std::string> restored(MachineRecord& record, const std::string& report_json,
                                           const std::string& malware = {});
/// The plan wants a scan that its backup does not have: the machine waits for a person. Its disk stays as imaged.
[[nodiscard]] Result<std::string> scan_missing(MachineRecord& record, const std::string& detail);
/// Its backup has been scanned by now.
[[nodiscard]] Result<std::string> scan_done(MachineRecord& record);
[[nodiscard]] bool waits_for_scan(const MachineRecord& record);
[[nodiscard]] Result<std::string> phoned_home(MachineRecord& record, std::int64_t now_ms);
[[nodiscard]] Result<std::string> trouble(MachineRecord& record, const messages::Trouble& report);
/// The evidence disk is full: the machine pauses, its task stays. Ends with space_back().
[[nodiscard]] Result<std::string> space_gone(MachineRecord& record);
[[nodiscard]] Result<std::string> space_back(MachineRecord& record);
[[nodiscard]] bool waits_for_room(const MachineRecord& record);
/// An agent should be speaking now: approved, and not yet restarted into its own system.
[[nodiscard]] bool should_be_heard(const MachineRecord& record);
[[nodiscard]] Result<std::string> contact_lost(MachineRecord& record);
/// The restored system had kReportInMs to report in and did not: somebody has to look.
[[nodiscard]] Result<std::string> install_silent(MachineRecord& record, std::int64_t now_ms);
[[nodiscard]] Result<std::string> contact_back(MachineRecord& record);
/// After a start of the depot: a copy that was being checked, or sent, has no session any more.
[[nodiscard]] Result<std::string> session_gone(MachineRecord& record);
/// The outcome of the check could not be recorded: it is copied again. Nothing when it is not being checked any more.
[[nodiscard]] Result<std::string> check_unrecorded(MachineRecord& record, const hw::Error& why);

// What operators do.
[[nodiscard]] Result<std::string> hold(MachineRecord& record);
[[nodiscard]] Result<std::string> resume(MachineRecord& record);
[[nodiscard]] Result<std::string> retry(MachineRecord& record, std::int64_t now_ms);
[[nodiscard]] Result<std::string> cancel(MachineRecord& record);
[[nodiscard]] Result<std::string> release(MachineRecord& record);
[[nodiscard]] Result<std::string> collect(MachineRecord& record);
[[nodiscard]] Result<std::string> accept_gaps(MachineRecord& record);
/// The disk is copied as it is. Errors: kConflict when it does not wait for that.
[[nodiscard]] Result<std::string> accept_disk(MachineRecord& record);
/// Errors: kConflict when it does not wait for that.
[[nodiscard]] Result<std::string> accept_unscanned(MachineRecord& record);
[[nodiscard]] Result<std::string> locate(MachineRecord& record, std::int64_t now_ms);

/// May a permit be signed now? Errors: kNotApproved, kEvidenceIncomplete, kConflict.
[[nodiscard]] Result<void> may_write(const MachineRecord& record);
/// The report's attempt is the machine's. Errors: kConflict.
[[nodiscard]] Result<void> same_attempt(const MachineRecord& record, std::uint32_t attempt);
/// Without a revision nothing is compared. Errors: kConflict.
[[nodiscard]] Result<void> same_revision(const MachineRecord& record, std::optional<std::uint64_t> revision);

}  // namespace resus::depot
