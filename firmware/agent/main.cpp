// resus-agent: what runs on the machine under recovery. Chooses the real implementations and ties them together.
#include <boost/json.hpp>
#include <csignal>
#include <iostream>

#include "firmware/agent/boot_identity.hpp"
#include "firmware/agent/http_depot_api.hpp"
#include "firmware/agent/inventory.hpp"
#include "firmware/agent/options.hpp"
#include "firmware/agent/service.hpp"
#include "firmware/agent/status_page.hpp"
#include "firmware/agent/work.hpp"
#include "hw/linux/clock.hpp"
#include "hw/linux/console.hpp"
#include "hw/linux/disk_access.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/file_tree.hpp"
#include "hw/linux/firmware_state.hpp"
#include "hw/linux/host_control.hpp"
#include "hw/linux/machine_inspector.hpp"
#include "hw/linux/processes.hpp"
#include "hw/linux/sandbox.hpp"
#include "hw/log.hpp"
#include "web/messages/agent_config.hpp"
#include "web/messages/firmware_json.hpp"
#include "web/messages/short_code.hpp"
#include "web/transport/server.hpp"

namespace resus::agent {
namespace {

constexpr std::size_t kMaxConfigBytes = 64 * 1024;

/// The machine as a file describes it.
class DescribedMachine final : public hw::MachineInspector {
 public:
  explicit DescribedMachine(hw::MachineIdentity identity) : identity_(std::move(identity)) {}
  hw::Result<hw::MachineIdentity> inspect() override { return identity_; }

 private:
  hw::MachineIdentity identity_;
};

/// The operating system's side of everything.
struct Machine {
  hw::SystemClock clock;
  hw::LinuxFileSystem files;
  hw::LinuxProcesses processes;
  hw::LinuxHostControl host{processes};
  hw::LinuxDiskAccess disks;
  hw::LinuxFileTrees trees;
  hw::LinuxSandbox sandbox;
  hw::LinuxConsole console;
  hw::LinuxMachineInspector inspector;
};

std::string_view word(hw::LogLevel level) {
  switch (level) {
    case hw::LogLevel::kDebug: return "debug";
    case hw::LogLevel::kInfo: return "info";
    case hw::LogLevel::kWarning: return "warning";
    case hw::LogLevel::kError: return "error";
  }
  return "error";
}

void keep_log(Status& status) {
  hw::set_log_sink([&status](hw::LogLevel level, std::string_view room, std::string_view message) {
    if (level == hw::LogLevel::kDebug) return;
    status.add_log(word(level), std::string(room) + ": " + std::string(message));
    std::cerr << word(level) << " " << room << ": " << message << std::endl;
  });
}

hw::Result<std::vector<imaging::PublicKey>> trusted_keys(const messages::AgentConfig& config) {
  std::vector<imaging::PublicKey> keys;
  for (const auto& text : config.trusted_keys) {
    RESUS_TRY(auto key, imaging::public_key_from_base64(text));
    keys.push_back(key);
  }
  return keys;
}

hw::Result<messages::EnrolRequest> inventory(Machine& machine, const Options& options) {
  if (options.identity.empty()) return take_inventory(machine.inspector, machine.disks, options.disk);
  RESUS_TRY(const auto text, machine.files.read_all(options.identity, kMaxConfigBytes));
  RESUS_TRY(auto identity, messages::decode<hw::MachineIdentity>(text));
  DescribedMachine described(std::move(identity));
  return take_inventory(described, machine.disks, options.disk);
}

/// Of this machine; a machine that a file describes has none.
std::function<std::string()> firmware_json(const Options& options) {
  if (!options.identity.empty()) return {};
  return [] { return boost::json::serialize(messages::firmware_object(hw::read_firmware_state())); };
}

std::string own_address(const hw::MachineIdentity& identity) {
  for (const auto& link : identity.links) {
    if (!link.ipv4.empty()) return link.ipv4.substr(0, link.ipv4.find('/'));
  }
  return {};
}

hw::Result<std::string> short_code_of(const std::string& key, const messages::AgentConfig& config) {
  RESUS_TRY(const auto mine, imaging::digest_from_hex(key));
  RESUS_TRY(const auto depot, imaging::digest_from_hex(config.spki_sha256));
  return messages::short_code(mine, depot);
}

hw::Result<void> complete(messages::EnrolRequest& request, Machine& machine, const Options& options,
                          const BootIdentity& boot) {
  request.boot_id = boot.boot_id;
  request.ticket = options.ticket;
  if (request.ticket.empty()) {
    RESUS_TRY(const auto command_line, machine.host.command_line());
    request.ticket = hw::option_of(command_line, "resus.ticket").value_or("");
  }
  const auto address = own_address(request.identity);
  if (!address.empty()) request.status_url = "http://" + address + ":" + std::to_string(options.status_port) + "/";
  return hw::success();
}

hw::Result<bool> serve(const Options& options, Machine& machine, Status& status) {
  RESUS_TRY(const auto config_text, machine.files.read_all(options.config, kMaxConfigBytes));
  RESUS_TRY(const auto config, messages::decode<messages::AgentConfig>(config_text));
  RESUS_TRY(auto trusted, trusted_keys(config));
  RESUS_TRY(const auto boot, boot_identity(machine.files, options.state));
  RESUS_TRY(const auto key, transport::spki_sha256_of_certificate(boot.key.certificate_pem));
  RESUS_TRY(const auto code, short_code_of(key, config));

  RESUS_TRY(auto request, inventory(machine, options));
  RESUS_TRY(complete(request, machine, options, boot));
  status.set_machine("", code);
  status.set_surroundings(own_address(request.identity), config.address);

  RESUS_TRY(auto server, transport::Server::open(1));
  if (const auto listening = server.listen(status_page(status, options.status_port)); !listening) {
    hw::log(hw::LogLevel::kWarning, "agent", "no status page: " + listening.error().to_string());
  }
  HttpDepotApi api({.address = config.address, .port = config.agent_port, .server_spki_sha256 = config.spki_sha256, .identity = boot.key});
  Tools tools{.api = api, .disks = machine.disks, .host = machine.host, .files = machine.files, .trees = machine.trees,
              .sandbox = machine.sandbox, .clock = machine.clock, .status = status, .trusted = std::move(trusted),
              .boot_id = boot.boot_id, .firmware_json = firmware_json(options), .phone_home_program = options.phone_home, .mount_point = options.state + "/target", .only_disk = options.disk};
  BootMemory memory;
  const auto work = [&](const messages::Task& task, const std::stop_token& stop) { return do_task(tools, memory, task, stop); };
  const auto beat = [&] {
    (void)!machine.files.replace(options.state + "/heartbeat", hw::to_rfc3339(machine.clock.now())).has_value();
  };
  Service service({.tools = tools, .memory = memory, .console = machine.console, .identity = std::move(request),
                   .short_code = code, .work = work, .beat = beat});
  const bool reboot = service.run({});
  server.stop();
  return reboot;
}

int run(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    std::cerr << options.error().context << "\n";
    return 2;
  }
  Machine machine;
  Status status(machine.clock);
  keep_log(status);
  auto outcome = serve(options.value(), machine, status);
  if (outcome && outcome.value() && !options.value().no_reboot) {
    if (const auto restarted = machine.host.reboot(); !restarted) outcome = hw::failure(restarted.error());
  }
  hw::set_log_sink({});
  if (outcome) return 0;
  std::cerr << outcome.error().to_string() << "\n";
  machine.console.line("resus-agent: " + outcome.error().to_string());
  return 1;
}

}  // namespace
}  // namespace resus::agent

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return resus::agent::run({argv + 1, argv + argc});
}
