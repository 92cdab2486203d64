// resus-init: process 1 of the boot image.
#include <chrono>
#include <exception>
#include <thread>

#include "firmware/init/init.hpp"
#include "hw/linux/cold_plug.hpp"
#include "hw/linux/disk_access.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/host_control.hpp"
#include "hw/linux/machine_inspector.hpp"
#include "hw/linux/pid_one.hpp"
#include "hw/linux/processes.hpp"
#include "hw/log.hpp"

namespace {

using namespace resus;

constexpr char kSerial[] = "/dev/ttyS0";
constexpr char kScreen[] = "/dev/tty1";
constexpr std::chrono::milliseconds kTick{500};

void say(const std::string& line, bool agent_has_screen) {
  hw::say_on(kSerial, line);
  if (!agent_has_screen) hw::say_on(kScreen, line);
}

void mount_kernel_file_systems(hw::HostControl& host) {
  for (const auto& request : {
           hw::MountRequest{.source = "proc", .target = "/proc", .file_system = "proc"},
           hw::MountRequest{.source = "sysfs", .target = "/sys", .file_system = "sysfs"},
           hw::MountRequest{.source = "devtmpfs", .target = "/dev", .file_system = "devtmpfs", .no_execute = false},
           hw::MountRequest{.source = "tmpfs", .target = "/run", .file_system = "tmpfs", .options = "mode=0755"},
           hw::MountRequest{.source = "tmpfs", .target = "/tmp", .file_system = "tmpfs"},
       }) {
    if (const auto mounted = host.mount(request); !mounted) say(mounted.error().to_string(), false);
  }
}

/// Module loading that survives a missing index: drivers built into the kernel work all the same.
class Drivers {
 public:
  explicit Drivers(hw::KernelWords command_line)
      : cold_plug_(hw::ColdPlug::open(hw::running_modules_directory(), loader_, std::move(command_line))) {
    if (!cold_plug_) say(cold_plug_.error().to_string(), false);
  }
  void plug() {
    if (!cold_plug_) return;
    for (const auto& failure : cold_plug_.value().run().failures) hw::log(hw::LogLevel::kWarning, "init", failure);
  }
  void load(const std::string& name) {
    if (!cold_plug_) return;
    if (const auto loaded = cold_plug_.value().load(name); !loaded) say(loaded.error().to_string(), false);
  }

 private:
  hw::LinuxModuleLoader loader_;
  hw::Result<hw::ColdPlug> cold_plug_;
};

/// A shell on the second screen and the serial port, for an engineer who asked for it on the command line.
void start_rescue_shells(hw::Processes& processes) {
  for (const std::string terminal : {"tty2", "ttyS0"}) {
    const auto started = processes.start(
        {"/usr/bin/busybox", "getty", "-n", "-l", "/usr/bin/sh", "115200", terminal, "linux"}, "/run/rescue.log");
    if (!started) say(started.error().to_string(), false);
  }
}

[[noreturn]] void run(hw::HostControl& host, hw::Processes& processes) {
  hw::LinuxFileSystem files;
  hw::LinuxDiskAccess disks;
  hw::LinuxMachineInspector inspector;
  const auto words = host.command_line();
  const auto option = [&](std::string_view key) {
    return words ? hw::option_of(words.value(), key) : std::optional<std::string>();
  };
  Drivers drivers(words ? words.value() : hw::KernelWords());
  drivers.load("sd_mod");  // disks behind SCSI hosts ask for it only after they were found
  if (const auto uefi = files.exists("/sys/firmware/efi"); uefi && uefi.value()) {
    drivers.load("efivarfs");
    (void)!host.mount({.source = "efivarfs", .target = "/sys/firmware/efi/efivars", .file_system = "efivarfs"}).has_value();
  }
  (void)!host.mount({.source = "securityfs", .target = "/sys/kernel/security", .file_system = "securityfs"}).has_value();  // the TPM's log
  drivers.load("fuse");  // ntfs-3g finds /dev/fuse; it looks at no disk by itself
  (void)!files.make_directories("/run/resus").has_value();
  if (option("resus.rescue")) start_rescue_shells(processes);

  const std::string mac = firmware::mac_of_bootif(option("BOOTIF").value_or(""));
  if (!mac.empty()) (void)!host.set_host_name("resus-" + mac.substr(9, 2) + mac.substr(12, 2) + mac.substr(15, 2)).has_value();
  firmware::Init init({.host = host, .processes = processes, .files = files, .disks = disks, .inspector = inspector}, mac,
                      option("resus.depot").value_or("from the boot image"), [&] { drivers.plug(); },
                      [] { return hw::age_of(firmware::kHeartbeatFile); }, say);
  for (;;) {
    init.tick(std::chrono::steady_clock::now());
    hw::reap_orphans(init.process_ids());
    std::this_thread::sleep_for(kTick);
  }
}

}  // namespace

int main() {
  hw::LinuxProcesses processes;
  hw::LinuxHostControl host(processes);
  mount_kernel_file_systems(host);
  for (;;) {
    try {
      run(host, processes);
    } catch (const std::exception& bug) {  // process 1 must not end: start over with the same kernel
      say(std::string("resus-init starts over: ") + bug.what(), false);
      std::this_thread::sleep_for(std::chrono::seconds(5));
    }
  }
}
