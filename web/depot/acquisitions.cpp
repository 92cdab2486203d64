#include "web/depot/acquisitions.hpp"

#include "hw/log.hpp"
#include "imaging/retry.hpp"
#include "imaging/wire.hpp"
#include "web/depot/machine_rules.hpp"
#include "web/depot/router.hpp"
#include "web/depot/secrets.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {

using messages::AcquisitionState;
using messages::AcquisitionStatus;

namespace {
constexpr std::chrono::seconds kRoomPoll{2};
}

struct Acquisitions::Session {
  std::string id;
  std::string machine_id;
  std::uint32_t attempt = 0;
  std::unique_ptr<imaging::EvidenceSink> sink;
  std::stop_source ending;  ///< ends a check that waits for room
  std::mutex mutex;
  AcquisitionStatus status;  ///< guarded by mutex
  // One thread each: EvidenceSink wants offers and frames in order, and takes both at the same time.
  // Last members: they are joined before the sink goes.
  Workers offers{1};
  Workers frames{1};

  void set(AcquisitionStatus next) {
    const std::lock_guard lock(mutex);
    status = std::move(next);
  }
  AcquisitionStatus get() {
    const std::lock_guard lock(mutex);
    return status;
  }
};

Acquisitions::Acquisitions(imaging::Store& store, Machines& machines, const imaging::SigningKey& key,
                           const hw::Clock& clock, std::string incident)
    : store_(store), machines_(machines), key_(key), clock_(clock), incident_(std::move(incident)) {}

Result<messages::AcquisitionBegun> Acquisitions::begin(const MachineRecord& machine, const messages::BeginAcquisition& request) {
  RESUS_TRY(same_attempt(machine, request.attempt));
  auto session = std::make_shared<Session>();
  session->id = "aq-" + random_hex(8);
  session->machine_id = machine.id;
  session->attempt = request.attempt;
  const Actor actor{"agent " + machine.id, "acquire"};
  RESUS_TRY(machines_.change(machine.id, actor, [&](MachineRecord& r) -> Result<std::string> {
    RESUS_TRY(same_attempt(r, request.attempt));
    return begin_copy(r, session->id, request, plan_.go_on_with);
  }));
  std::shared_ptr<Session> former;
  {
    const std::lock_guard lock(mutex_);
    former.swap(by_machine_[machine.id]);
  }
  if (former) {  // its claims on blocks must be free before the next one asks
    end(*former);
    former->sink.reset();
  }
  imaging::EvidenceOptions options;
  options.context = {.machine_id = machine.id, .attempt = std::to_string(machine.attempt), .incident = incident_,
                     .operator_name = {}, .tool = "resus " RESUS_VERSION};
  options.key = &key_;
  options.clock = &clock_;
  RESUS_TRY(session->sink, store_.begin_evidence(request.disk.size_bytes, std::move(options)));
  const std::lock_guard lock(mutex_);
  by_machine_[machine.id] = session;
  return messages::AcquisitionBegun{.acquisition_id = session->id,
                                    .time_ms = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count()),
                                    .reread = plan_.reread,
                                    .rescue_s = static_cast<std::uint64_t>(plan_.rescue_time.count())};
}

Result<std::shared_ptr<Acquisitions::Session>> Acquisitions::find(const MachineRecord& machine, const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_machine_.find(machine.id);
  if (found == by_machine_.end() || !found->second || found->second->id != id) {
    return hw::fail(hw::Code::kNotFound, "there is no copy " + id + " in progress: begin again");
  }
  return found->second;
}

hw::Error Acquisitions::after_failure(const std::string& machine_id, hw::Error error) {
  if (error.code == hw::Code::kSpace) {
    const auto paused = machines_.change(machine_id, {"depot", "pause"}, space_gone);
    if (!paused) hw::log(hw::LogLevel::kWarning, "depot", paused.error().to_string());
  }
  return error;
}

void Acquisitions::after_success(const MachineRecord& machine) {
  if (!waits_for_room(machine)) return;
  const auto on = machines_.change(machine.id, {"depot", "go_on"}, space_back);
  if (!on) hw::log(hw::LogLevel::kWarning, "depot", on.error().to_string());
}

void Acquisitions::offers(const MachineRecord& machine, const std::string& id, std::string body,
                          const transport::Responder& respond) {
  auto found = find(machine, id);
  if (!found) return respond(transport::problem(found.error()));
  auto* session = found.value().get();
  session->offers.post([this, session, respond, machine, body = std::move(body)] {
    const auto answer = [&]() -> Result<transport::Response> {
      if (session->get().state != AcquisitionState::kCopying) return hw::fail(hw::Code::kConflict, "the copy is finished");
      RESUS_TRY(const auto offered, imaging::decode_offers(body));
      std::vector<imaging::Wanted> wanted;
      for (const auto& offer : offered) {
        auto one = session->sink->offer(offer);
        if (!one) return hw::failure(after_failure(machine.id, one.error()));
        wanted.push_back(std::move(one).value());
      }
      after_success(machine);
      return binary_reply(imaging::encode_wanted(wanted));
    };
    respond(reply(answer()));
  });
}

void Acquisitions::frame(const MachineRecord& machine, const std::string& id, std::string body,
                         const transport::Responder& respond) {
  auto found = find(machine, id);
  if (!found) return respond(transport::problem(found.error()));
  auto* session = found.value().get();
  session->frames.post([this, session, respond, machine, body = std::move(body)] {
    const auto answer = [&]() -> Result<transport::Response> {
      if (session->get().state != AcquisitionState::kCopying) return hw::fail(hw::Code::kConflict, "the copy is finished");
      RESUS_TRY(const auto frame, imaging::decode_frame(body));
      if (auto taken = session->sink->deliver(frame); !taken) return hw::failure(after_failure(machine.id, taken.error()));
      after_success(machine);
      return no_content();
    };
    respond(reply(answer()));
  });
}

Result<AcquisitionStatus> Acquisitions::finish(const MachineRecord& machine, const std::string& id,
                                               const imaging::AcquisitionSummary& summary) {
  RESUS_TRY(const auto session, find(machine, id));
  {
    const std::lock_guard lock(session->mutex);
    if (session->status.state != AcquisitionState::kCopying) return session->status;
    session->status.state = AcquisitionState::kVerifying;
  }
  const auto moved = machines_.change(machine.id, {"agent " + machine.id, "copied"}, copied);
  if (!moved) {
    session->set({.state = AcquisitionState::kCopying, .receipt = {}, .code = {}, .detail = {}});
    return hw::failure(after_failure(machine.id, moved.error()));
  }
  session->frames.post([this, raw = session.get(), summary] { check(*raw, summary); });
  return session->get();
}

void Acquisitions::check(Session& session, const imaging::AcquisitionSummary& summary) {
  Outcome outcome;
  for (;;) {
    const auto done = conclude(session, summary, outcome);
    if (done) return;
    if (done.error().code != hw::Code::kSpace) return give_up(session, done.error());
    (void)after_failure(session.machine_id, done.error());
    if (!wait_for_room(session)) return;
  }
}

Result<void> Acquisitions::conclude(Session& session, const imaging::AcquisitionSummary& summary, Outcome& outcome) {
  if (!outcome) {
    auto finished = session.sink->finish(summary);
    // A full disk says nothing about the copy.
    if (!finished && finished.error().code == hw::Code::kSpace) return hw::failure(finished.error());
    outcome.emplace(std::move(finished));
  }
  return *outcome ? verified(session, summary, outcome->value()) : mismatched(session, outcome->error());
}

// Whatever the store has stays there: copied again, it is the same evidence. What went wrong is the depot's affair: under its own
// code the agent would call for a person, for a disk that is sound.
void Acquisitions::give_up(Session& session, const hw::Error& error) {
  hw::log(hw::LogLevel::kError, "depot", session.machine_id + ": the check could not be recorded: " + error.to_string());
  const auto again = machines_.change(session.machine_id, {"depot", "check_failed"}, [&](MachineRecord& r) { return check_unrecorded(r, error); });
  if (!again) hw::log(hw::LogLevel::kError, "depot", again.error().to_string());
  session.set({.state = AcquisitionState::kMismatch, .receipt = {}, .code = std::string(hw::info(hw::Code::kEvidenceIncomplete).id),
               .detail = "its check could not be recorded: " + error.context});
  settled_();
}

bool Acquisitions::wait_for_room(Session& session) {
  for (;;) {
    if (!imaging::pause_for(kRoomPoll, session.ending.get_token())) return false;
    const auto now = store_.statistics();
    if (now && !now.value().below_reserve) return true;
  }
}

Result<void> Acquisitions::mismatched(Session& session, const hw::Error& error) {
  hw::log(hw::LogLevel::kError, "depot", session.machine_id + ": " + error.to_string());
  RESUS_TRY(machines_.change(session.machine_id, {"depot", "copy_mismatch"},
                             [&](MachineRecord& r) { return copy_mismatch(r, error); }));
  session.set({.state = AcquisitionState::kMismatch, .receipt = {}, .code = std::string(hw::info(error.code).id), .detail = error.context});
  settled_();
  return hw::success();
}

Result<void> Acquisitions::verified(Session& session, const imaging::AcquisitionSummary& summary,
                                    const imaging::EvidenceReceipt& receipt) {
  const VerifiedEvidence evidence{.id = receipt.evidence_id, .root = to_hex(receipt.root), .sha256 = to_hex(receipt.sha256),
                                  .bytes_read = summary.bytes_read, .bytes_added = receipt.bytes_added,
                                  .bytes_known = receipt.bytes_known, .unreadable_bytes = summary.unreadable_bytes,
                                  .verified_at_ms = clock_.now().time_since_epoch().count(), .seconds = summary.seconds,
                                  .busy = summary.times};
  RESUS_TRY(machines_.change(session.machine_id, {"depot", "copy_verified"},
                             [&](MachineRecord& r) { return copy_verified(r, evidence, plan_.accept_gap_sectors); }));
  session.set({.state = AcquisitionState::kVerified, .receipt = receipt, .code = {}, .detail = {}});
  settled_();
  return hw::success();
}

Result<AcquisitionStatus> Acquisitions::status(const MachineRecord& machine, const std::string& id) const {
  RESUS_TRY(const auto session, find(machine, id));
  return session->get();
}

void Acquisitions::stop() {
  std::map<std::string, std::shared_ptr<Session>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions.swap(by_machine_);
  }
  for (auto& [id, session] : sessions) {
    if (session) end(*session);
  }
}

void Acquisitions::end(Session& session) {
  session.ending.request_stop();
  session.offers.stop();
  session.frames.stop();
}

}  // namespace resus::depot
