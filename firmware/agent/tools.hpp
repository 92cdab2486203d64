#pragma once
// Everything the agent's work needs from outside, and what it remembers between two pieces of work.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/agent/depot_api.hpp"
#include "firmware/agent/status.hpp"
#include "hw/block_device.hpp"
#include "hw/file_system.hpp"
#include "hw/file_tree.hpp"
#include "hw/host_control.hpp"
#include "hw/sandbox.hpp"
#include "imaging/envelope.hpp"
#include "imaging/retry.hpp"

namespace resus::agent {

/// Threads: as each interface says; the work uses them from one thread at a time.
struct Tools {
  DepotApi& api;
  hw::DiskAccess& disks;
  hw::HostControl& host;
  hw::FileSystem& files;
  hw::FileTrees& trees;
  hw::Sandbox& sandbox;
  const hw::Clock& clock;
  Status& status;
  std::vector<imaging::PublicKey> trusted;  ///< baked into the boot image
  std::string boot_id;
  /// What the firmware kept of earlier starts, as messages::firmware_object(). Asked before the first byte is read and not at
  /// the start: should a PC's firmware answer slowly, the machine is on the dashboard by then. Empty: not asked.
  std::function<std::string()> firmware_json = {};
  std::string phone_home_program;  ///< path of the static program given to the restored system
  std::string mount_point;         ///< where a target file system is mounted
  std::string only_disk = {};      ///< the only disk to see; empty: all of the machine
  imaging::Pause pause = imaging::pause_for;
};

/// What this boot knows of the disk by its own doing. Forgotten with the boot, as it must be.
struct BootMemory {
  struct Copied {
    std::uint32_t attempt = 0;
    std::string disk_path;
    imaging::EvidenceReceipt receipt;
    std::vector<bool> zero_segments;
  };
  std::string machine_id;
  std::optional<Copied> copied;
  bool written = false;  ///< this boot opened the disk for writing: what was read before is no longer true
};

}  // namespace resus::agent
