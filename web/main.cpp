// `resus`: the operator's command and the depot. Chooses the real implementations.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <thread>

#include "hw/linux/clock.hpp"
#include "hw/linux/disk_access.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/fuse/fuse_mounts.hpp"
#include "hw/linux/local_socket.hpp"
#include "hw/linux/machine_inspector.hpp"
#include "hw/linux/partition_probe.hpp"
#include "hw/linux/processes.hpp"
#include "hw/linux/sandbox.hpp"
#include "hw/linux/terminal_prompt.hpp"
#include "web/cli/analysis_group.hpp"
#include "web/cli/backup_group.hpp"
#include "web/cli/command_line.hpp"
#include "web/cli/depot_group.hpp"
#include "web/cli/machine_group.hpp"
#include "web/cli/operator_group.hpp"

namespace {

/// Ctrl-C asks the running command to stop; everything it has done so far stays valid.
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::thread([this] {
      int signal = 0;
      sigwait(&signals_, &signal);
      source_.request_stop();
      pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
      sigwait(&signals_, &signal);
      _exit(130);  // asked twice: the command does not look at its stop token
    }).detach();
  }
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
};

/// IPv4 addresses without their prefix, of one interface or of all but loopback.
std::vector<std::string> ipv4_addresses(const std::string& interface) {
  std::vector<std::string> addresses;
  for (const auto& [name, address] : resus::hw::ipv4_addresses()) {
    const bool wanted = interface.empty() ? name != "lo" : name == interface;
    if (wanted) addresses.push_back(address.substr(0, address.find('/')));
  }
  return addresses;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace resus;
  umask(077);  // keys and patients' data: for the owner only
  std::signal(SIGPIPE, SIG_IGN);
  static Interrupt interrupt;
  static hw::LinuxDiskAccess disks;
  static hw::LinuxFileSystem files;
  static hw::BlkidProbe partitions;
  static hw::SystemClock clock;
  const auto make = [](web::Output& output) {
    return web::Environment{disks, files, partitions, clock, std::cout, output};
  };
  static hw::LinuxProcesses processes;
  static hw::LinuxSandbox sandbox;
  static hw::TerminalPrompt prompt(interrupt.token());
  static hw::LinuxLocalSockets sockets;
  static hw::FuseMounts mounts;
  const depot::Platform platform{files, clock, processes, sandbox, sockets, ipv4_addresses, disks, partitions};
  const std::vector<web::AddCommands> groups{
      [&](CLI::App& app, web::CommandContext& context) {
        web::add_depot_commands(app, context, platform, std::cout, std::cerr);
      },
      web::add_machine_commands,
      web::add_plan_commands,
      [&](CLI::App& app, web::CommandContext& context) { web::add_operator_commands(app, context, prompt); },
      [&](CLI::App& app, web::CommandContext& context) { web::add_evidence_commands(app, context, mounts); },
      [&](CLI::App& app, web::CommandContext& context) { web::add_analysis_commands(app, context, processes); },
      [&](CLI::App& app, web::CommandContext& context) { web::add_image_commands(app, context, mounts); },
      [&](CLI::App& app, web::CommandContext& context) { web::add_backup_commands(app, context, {sandbox, sockets}); },
      web::add_custody_commands,
      web::add_job_commands};
  return web::run_command_line(argc, argv, make, std::cout, std::cerr, isatty(STDERR_FILENO) != 0, interrupt.token(),
                               groups);
}
