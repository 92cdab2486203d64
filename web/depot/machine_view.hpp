#pragma once
// A machine as agents and pages see it: its task, its sentence, what can be done with it. Pure.
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "web/depot/forecast.hpp"
#include "web/depot/machine_record.hpp"
#include "web/messages/task.hpp"

namespace resus::depot {

/// What is known of a machine only while it speaks.
struct LiveFacts {
  std::int64_t now_ms = 0;
  std::optional<messages::Progress> progress;
  std::uint32_t queue_place = 0;  ///< 1 is next; 0 when not waiting
  std::uint32_t at_once = 0;      ///< machines that may work at the same time
  Prospect prospect;              ///< how long it takes, as far as anybody can tell
  std::string short_code;         ///< of the agent that waits for approval
  std::string address;
};

/// A session may use its disk now: approved, and nothing holds it.
[[nodiscard]] bool may_go_on(const MachineRecord& record);
[[nodiscard]] std::string sentence_of(const MachineRecord& record, const LiveFacts& live);
[[nodiscard]] std::string next_action_of(const MachineRecord& record);
[[nodiscard]] std::vector<std::string> actions_of(const MachineRecord& record);
/// For the agent with `agent_key`: the current one, or one that waits for approval.
[[nodiscard]] messages::Task task_of(const MachineRecord& record, const LiveFacts& live, std::string_view agent_key);
/// The Machine object of web/API.md.
[[nodiscard]] boost::json::object machine_object(const MachineRecord& record, const LiveFacts& live);
/// Adds identity, disks, evidence and stats for the machine's own page.
void add_details(boost::json::object& object, const MachineRecord& record);

/// The agent's last report, unless it is of another attempt or of a stage that is over: then no bytes.
[[nodiscard]] messages::Progress current_progress(const MachineRecord& record, const std::optional<messages::Progress>& reported);
/// {eta_lo, eta_hi, basis}: whole seconds and text, or null.
[[nodiscard]] boost::json::object eta_fields(const std::optional<TimeLeft>& left);
/// RFC 3339, or null for 0.
[[nodiscard]] boost::json::value time_value(std::int64_t t_ms);

}  // namespace resus::depot
