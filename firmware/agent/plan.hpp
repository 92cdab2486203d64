#pragma once
// What the agent does next, whatever happened before. No socket, clock, thread or file inside.
#include <chrono>
#include <optional>
#include <string>

#include "web/messages/enrol.hpp"
#include "web/messages/task.hpp"

namespace resus::agent {

/// Decides from the depot's answers and the outcomes of the work. The depot owns the life cycle; the plan only
/// makes sure that one piece of work runs at a time, that it runs on a fresh answer, that it is stopped when the
/// depot wants something else, and that trouble is told instead of repeated.
/// Threads: one at a time.
class AgentPlan {
 public:
  enum class Do {
    kRest,    ///< nothing until the next report
    kStart,   ///< start the work `task`
    kCancel,  ///< stop the work under way and report its end
    kReboot,  ///< restart the machine into what the depot lets it boot
  };
  struct Step {
    Do what = Do::kRest;
    messages::Task task = {};
  };
  /// What to do about a piece of work that has ended.
  struct AfterWork {
    std::optional<messages::Trouble> trouble;  ///< to be told to the depot before anything else
    std::chrono::milliseconds pause{0};        ///< before the depot is asked again
  };

  /// The same failure so often in a row, although it looked passing, needs a person.
  static constexpr int kPatience = 5;

  [[nodiscard]] bool enrolled() const { return enrolled_; }
  /// The long poll waits for an answer other than this.
  [[nodiscard]] const std::string& seen() const { return latest_.task_id; }
  [[nodiscard]] const messages::Task& latest() const { return latest_; }
  [[nodiscard]] bool working() const { return running_.has_value(); }

  /// Counts ended pieces of work. An answer asked for in an earlier epoch knows nothing of what was done since.
  [[nodiscard]] unsigned epoch() const { return epoch_; }

  void enrolled_as(const messages::EnrolReply& reply);
  /// @param asked_in the epoch in which the question was sent; a stale answer is dropped.
  void heard(const messages::Task& task, unsigned asked_in);
  /// The depot did not answer, or refused. A depot that does not know this agent is enrolled with again.
  void not_heard(const hw::Error& error);
  /// The work that kStart gave has begun.
  void started(const messages::Task& task);
  /// The work has ended.
  [[nodiscard]] AfterWork ended(const hw::Result<void>& outcome);

  [[nodiscard]] Step next() const;

 private:
  /// The depot wants the work under way to stop. That it has moved on to what follows is no reason: the work is
  /// about to end by itself.
  [[nodiscard]] bool called_off() const;

  bool enrolled_ = false;
  messages::Task latest_;
  unsigned epoch_ = 0;
  bool fresh_ = false;  ///< heard after the last work ended
  std::optional<messages::Task> running_;
  std::string failed_task_;  ///< trouble was told; the same answer does not start it again
  std::optional<hw::Code> last_failure_;
  int failures_ = 0;
};

/// True for failures that are told to a person at once; the others are tried again first.
[[nodiscard]] bool needs_a_person(const hw::Error& error);

}  // namespace resus::agent
