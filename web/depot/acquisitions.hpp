#pragma once
// Forensic copies that are being received. Each has threads of its own; network threads never wait for a disk.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "imaging/store.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/workers.hpp"
#include "web/messages/acquisition.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any. Sessions live in memory: after a restart of the depot the agent begins again, and what was
/// stored is not asked for a second time (imaging/decisions/001).
class Acquisitions {
 public:
  /// Everything outlives the object.
  Acquisitions(imaging::Store& store, Machines& machines, const imaging::SigningKey& key, const hw::Clock& clock,
               std::string incident);
  ~Acquisitions() { stop(); }
  Acquisitions(const Acquisitions&) = delete;
  Acquisitions& operator=(const Acquisitions&) = delete;

  /// Replaces the machine's unfinished copy. Errors: kConflict out of order, kDiskChanged, kSpace.
  [[nodiscard]] Result<messages::AcquisitionBegun> begin(const MachineRecord& machine, const messages::BeginAcquisition& request);
  /// Both answer in order of arrival, from the session's own threads.
  void offers(const MachineRecord& machine, const std::string& id, std::string body, const transport::Responder& respond);
  void frame(const MachineRecord& machine, const std::string& id, std::string body, const transport::Responder& respond);
  /// The check goes on by itself; asking twice is harmless. Errors: kNotFound, kConflict.
  [[nodiscard]] Result<messages::AcquisitionStatus> finish(const MachineRecord& machine, const std::string& id,
                                                           const imaging::AcquisitionSummary& summary);
  /// Errors: kNotFound: begin again.
  [[nodiscard]] Result<messages::AcquisitionStatus> status(const MachineRecord& machine, const std::string& id) const;
  /// `settled` is called whenever a check has come to its end, for those who wait for it. Set before the first copy.
  void on_settled(std::function<void()> settled) { settled_ = std::move(settled); }
  /// What needs nobody. Set before the first copy.
  struct Plan {
    std::chrono::seconds rescue_time{0};   ///< how long a failing disk may be worked at; 0: the agent's own measure
    std::vector<std::string> go_on_with;   ///< kinds of questions about a disk
    imaging::RereadPolicy reread = imaging::RereadPolicy::kNone;  ///< of the source disk, after the copy
    std::uint64_t accept_gap_sectors = 0;  ///< up to so many unreadable sectors of 512 bytes
  };
  void set_plan(Plan plan) { plan_ = std::move(plan); }
  void stop();

 private:
  struct Session;
  [[nodiscard]] Result<std::shared_ptr<Session>> find(const MachineRecord& machine, const std::string& id) const;
  using Outcome = std::optional<Result<imaging::EvidenceReceipt>>;
  /// A full evidence disk pauses the machine; with every refusal anew, because the pause itself may find no room.
  [[nodiscard]] hw::Error after_failure(const std::string& machine_id, hw::Error error);
  void after_success(const MachineRecord& machine);
  void check(Session& session, const imaging::AcquisitionSummary& summary);
  [[nodiscard]] Result<void> conclude(Session& session, const imaging::AcquisitionSummary& summary, Outcome& outcome);
  [[nodiscard]] bool wait_for_room(Session& session);
  /// The outcome could be written nowhere: the agent is told, and the copy begins again.
  void give_up(Session& session, const hw::Error& error);
  [[nodiscard]] Result<void> verified(Session& session, const imaging::AcquisitionSummary& summary,
                                      const imaging::EvidenceReceipt& receipt);
  [[nodiscard]] Result<void> mismatched(Session& session, const hw::Error& error);
  static void end(Session& session);

  imaging::Store& store_;
  Machines& machines_;
  const imaging::SigningKey& key_;
  const hw::Clock& clock_;
  std::string incident_;
  std::function<void()> settled_ = [] {};
  Plan plan_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Session>> by_machine_;
};

}  // namespace resus::depot
