#pragma once
// Every path and every helper program that hw/linux uses. Nothing else in the tree names one of them.

namespace resus::hw::paths {

// Kernel interfaces.
inline constexpr char kSys[] = "/sys";                              // root of sysfs; tests give another
inline constexpr char kMountInfo[] = "/proc/self/mountinfo";
inline constexpr char kProc[] = "/proc";                            // + "/" + pid + "/cmdline"
inline constexpr char kCpuInfo[] = "/proc/cpuinfo";
inline constexpr char kMemInfo[] = "/proc/meminfo";
inline constexpr char kCommandLine[] = "/proc/cmdline";
inline constexpr char kDropCaches[] = "/proc/sys/vm/drop_caches";
inline constexpr char kKernelLog[] = "/dev/kmsg";
inline constexpr char kWatchdog[] = "/dev/watchdog";
inline constexpr char kConsole[] = "/dev/console";
inline constexpr char kScreen[] = "/dev/tty0";
inline constexpr char kSerial[] = "/dev/ttyS0";
inline constexpr char kDev[] = "/dev";
inline constexpr char kModules[] = "/lib/modules";                  // + "/" + uname -r
inline constexpr char kNull[] = "/dev/null";

// Beneath the root of sysfs.
inline constexpr char kSysBlock[] = "/block";
inline constexpr char kSysDevBlock[] = "/dev/block";                // + "/" + major:minor
inline constexpr char kSysClassNet[] = "/class/net";
inline constexpr char kSysDevices[] = "/devices";
inline constexpr char kSysSmbios[] = "/firmware/dmi/tables/DMI";
inline constexpr char kSysEfi[] = "/firmware/efi";
inline constexpr char kSysEfiVariables[] = "/firmware/efi/efivars";
inline constexpr char kSysTpmLog[] = "/kernel/security/tpm0/binary_bios_measurements";  // securityfs
inline constexpr char kSysSecureBoot[] =
    "/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";  // EFI_GLOBAL_VARIABLE

// Helper programs.
inline constexpr char kNtfs3g[] = "/bin/ntfs-3g";

}  // namespace resus::hw::paths
