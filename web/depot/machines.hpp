#pragma once
// All machines of the incident: the one place where their records change.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "imaging/custody.hpp"
#include "web/depot/catalogue.hpp"
#include "web/depot/machine_view.hpp"
#include "web/depot/queue_board.hpp"
#include "web/depot/strangers.hpp"

namespace resus::depot {

/// Who changes something, and why.
struct Actor {
  std::string name;    ///< "depot", "agent m-7Q2KAB" or an operator's name
  std::string action;  ///< "approve": custody log and history
  std::string reason = {};
  bool stranger = false;  ///< nobody vouches for it: its lines are rationed, see StrangerLines
};

/// Threads: any. A change is in the custody log and in the catalogue before anybody sees it.
class Machines {
 public:
  using Change = std::function<Result<std::string>(MachineRecord&)>;
  using Observer = std::function<void(const MachineRecord&, const LiveFacts&)>;

  /// Reads every record. One that cannot be read is set aside, with a line in log, custody log and history, and the
  /// others serve. `catalogue`, `custody` and `clock` outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<Machines>> open(Catalogue& catalogue, imaging::CustodyLog& custody,
                                                              const hw::Clock& clock, std::string depot_key,
                                                              StrangerLimits limits = {});

  /// Applies one rule. Nothing changes when the rule, the custody log or the catalogue refuses.
  /// Errors: kNotFound, the rule's, kBadInput for a record that could not be read again, kSpace, kWrite.
  [[nodiscard]] Result<MachineRecord> change(std::string_view id, const Actor& actor, const Change& rule);
  /// The same for an agent at `address` that presents itself, perhaps as a machine not known yet.
  /// Errors: also kNotApproved when too many wait for approval.
  [[nodiscard]] Result<MachineRecord> enrol(std::string_view id, const std::string& address, const Change& rule);

  [[nodiscard]] std::optional<MachineRecord> find(std::string_view id) const;
  /// The machine whose current or pending agent this is.
  [[nodiscard]] std::optional<MachineRecord> find_by_agent(std::string_view agent_key) const;
  /// The key speaks for an approved machine.
  [[nodiscard]] bool is_approved(std::string_view agent_key) const;
  [[nodiscard]] std::optional<MachineRecord> find_by_phone_token(std::string_view token) const;
  [[nodiscard]] std::vector<MachineRecord> all() const;
  [[nodiscard]] LiveFacts live(const MachineRecord& record) const;
  /// Of the latest change of any machine.
  [[nodiscard]] std::uint64_t seq() const;

  /// The agent that waits to be approved as this machine, which is another one's, spoke.
  void heard_pending(std::string_view id);
  /// The machine spoke. Ends an interruption, and the question who else might be it.
  void heard(std::string_view id, const std::string& address);
  void set_progress(std::string_view id, const messages::Progress& progress);
  /// Every machine with its last progress; a report is new once.
  [[nodiscard]] std::vector<Sighting> take_sightings();
  /// What live() says of time left from now on. Tells those that wait when their place or start has changed.
  void set_outlook(const Outlook& outlook);
  /// Contact that faded, turns that are free, places in the queue. Call about once a second.
  void tick(std::uint32_t at_once);

  /// Called after every change, on the changing thread, without locks. Set before the first change.
  void on_change(Observer observer) { observers_.push_back(std::move(observer)); }
  /// Called from tick() when machines nobody approved were forgotten: the list is shorter. Set before the first change.
  void on_gone(std::function<void()> observer) { on_gone_ = std::move(observer); }
  /// Called with the stages that ended, before on_change. Set before the first change.
  void on_stages(std::function<void(const std::vector<FinishedStage>&)> observer) { on_stages_ = std::move(observer); }

 private:
  struct Live {
    std::int64_t last_contact_ms = 0;
    std::int64_t pending_contact_ms = 0;
    imaging::Contact contact = imaging::Contact::kLost;
    std::string address;
    std::optional<messages::Progress> progress;
    bool progress_is_new = false;
    Prospect prospect;
  };
  Machines(Catalogue& catalogue, imaging::CustodyLog& custody, const hw::Clock& clock, std::string depot_key, StrangerLimits limits);
  [[nodiscard]] Result<void> set_aside(const UnreadableMachine& machine);
  [[nodiscard]] Result<MachineRecord> apply(MachineRecord record, const Actor& actor, const Change& rule);
  [[nodiscard]] MachineRecord with_contact(const MachineRecord& record) const;
  [[nodiscard]] std::int64_t now_ms() const;
  void announce(const MachineRecord& record) const;
  [[nodiscard]] bool may_write_line(const Actor& actor, const MachineRecord& before, const MachineRecord& after);
  [[nodiscard]] std::vector<Stranger> strangers() const;
  [[nodiscard]] Result<void> forget(const std::string& id);
  void forget_silent();
  void sum_up_strangers();
  void tick_strangers();
  void give_turns(std::uint32_t at_once);
  void give_places(std::uint32_t at_once);
  void ask_after_silent_installs();

  Catalogue& catalogue_;
  imaging::CustodyLog& custody_;
  const hw::Clock& clock_;
  std::string depot_key_;
  const StrangerLimits limits_;
  const std::int64_t opened_ms_;
  std::vector<Observer> observers_;
  std::function<void()> on_gone_;
  std::function<void(const std::vector<FinishedStage>&)> on_stages_;
  std::mutex change_mutex_;   ///< one change at a time; held while writing
  StrangerLines lines_;       ///< guarded by change_mutex_
  mutable std::mutex mutex_;  ///< the maps; never held while writing
  std::map<std::string, MachineRecord, std::less<>> records_;
  std::map<std::string, Live, std::less<>> live_;
  std::uint64_t seq_ = 0;
  bool some_gone_ = false;
  std::uint32_t at_once_ = 0;
  std::map<std::string, std::uint32_t> places_;  ///< of those that wait, as of the last tick
  QueueBoard board_;
};

}  // namespace resus::depot
