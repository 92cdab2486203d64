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

namespace resus::depot {

/// Who changes something, and why.
struct Actor {
  std::string name;    ///< "depot", "agent m-7Q2KAB" or an operator's name
  std::string action;  ///< "approve": custody log and history
  std::string reason = {};
};

/// Threads: any. A change is in the custody log and in the catalogue before anybody sees it.
class Machines {
 public:
  using Change = std::function<Result<std::string>(MachineRecord&)>;
  using Observer = std::function<void(const MachineRecord&, const LiveFacts&)>;

  /// Reads every record. `catalogue`, `custody` and `clock` outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<Machines>> open(Catalogue& catalogue, imaging::CustodyLog& custody,
                                                              const hw::Clock& clock, std::string depot_key);

  /// Applies one rule. Nothing changes when the rule, the custody log or the catalogue refuses.
  /// Errors: kNotFound, the rule's, kSpace, kWrite.
  [[nodiscard]] Result<MachineRecord> change(std::string_view id, const Actor& actor, const Change& rule);
  /// The same, for a machine that may be new.
  [[nodiscard]] Result<MachineRecord> change_or_create(std::string_view id, const Actor& actor, const Change& rule);

  [[nodiscard]] std::optional<MachineRecord> find(std::string_view id) const;
  /// The machine whose current or pending agent this is.
  [[nodiscard]] std::optional<MachineRecord> find_by_agent(std::string_view agent_key) const;
  [[nodiscard]] std::optional<MachineRecord> find_by_phone_token(std::string_view token) const;
  [[nodiscard]] std::vector<MachineRecord> all() const;
  [[nodiscard]] LiveFacts live(const MachineRecord& record) const;
  [[nodiscard]] std::uint64_t rev() const;

  /// The machine spoke. Ends an interruption.
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
  /// Called with the stages that ended, before on_change. Set before the first change.
  void on_stages(std::function<void(const std::vector<FinishedStage>&)> observer) { on_stages_ = std::move(observer); }

 private:
  struct Live {
    std::int64_t last_contact_ms = 0;
    imaging::Contact contact = imaging::Contact::kLost;
    std::string address;
    std::optional<messages::Progress> progress;
    bool progress_is_new = false;
    Prospect prospect;
  };
  Machines(Catalogue& catalogue, imaging::CustodyLog& custody, const hw::Clock& clock, std::string depot_key);
  [[nodiscard]] Result<MachineRecord> apply(MachineRecord record, const Actor& actor, const Change& rule);
  [[nodiscard]] MachineRecord with_contact(const MachineRecord& record) const;
  [[nodiscard]] std::int64_t now_ms() const;
  void announce(const MachineRecord& record) const;
  void give_turns(std::uint32_t at_once);
  void give_places(std::uint32_t at_once);
  void ask_after_silent_installs();

  Catalogue& catalogue_;
  imaging::CustodyLog& custody_;
  const hw::Clock& clock_;
  std::string depot_key_;
  std::vector<Observer> observers_;
  std::function<void(const std::vector<FinishedStage>&)> on_stages_;
  std::mutex change_mutex_;   ///< one change at a time; held while writing
  mutable std::mutex mutex_;  ///< the maps; never held while writing
  std::map<std::string, MachineRecord, std::less<>> records_;
  std::map<std::string, Live, std::less<>> live_;
  std::uint64_t rev_ = 0;
  std::uint32_t at_once_ = 0;
  std::map<std::string, std::uint32_t> places_;  ///< of those that wait, as of the last tick
  QueueBoard board_;
};

}  // namespace resus::depot
