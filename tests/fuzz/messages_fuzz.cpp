// JSON messages of agents and of the depot. What is accepted must survive being written again.
#include <cstdlib>

#include "web/messages/acquisition.hpp"
#include "web/messages/agent_config.hpp"
#include "web/messages/enrol.hpp"
#include "web/messages/problem.hpp"
#include "web/messages/recovery.hpp"
#include "web/messages/task.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

template <class Message>
void round_trip(std::string_view text) {
  const auto message = messages::decode<Message>(text);
  if (!message) return;
  const auto json = messages::encode(message.value());
  const auto again = messages::decode<Message>(json);
  if (!again || messages::encode(again.value()) != json) std::abort();
}

template <class... Messages>
void round_trips(std::string_view text) {
  (round_trip<Messages>(text), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trips<messages::EnrolRequest, messages::EnrolReply, messages::Task, messages::Progress, messages::ProgressReply,
              messages::LogBatch, messages::Trouble, messages::BeginAcquisition, messages::AcquisitionBegun,
              messages::FinishAcquisition, messages::AcquisitionStatus, messages::Deployed, messages::RestorePlan,
              messages::Restored, messages::PhoneHome, messages::PhoneHomeTarget, messages::AgentConfig,
              hw::MachineIdentity, hw::DiskIdentity>(text);
  (void)messages::error_from_problem(507, text).to_string();
  return 0;
}
