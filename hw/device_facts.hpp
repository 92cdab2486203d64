#pragma once
// What a disk says beyond its identity, and which of it a person has to decide about before it is copied.
#include <optional>
#include <string>
#include <vector>

#include "hw/ata_identify.hpp"
#include "hw/block_device.hpp"
#include "hw/nvme_health.hpp"
#include "hw/opal_discovery.hpp"

namespace resus::hw {

/// Errors of single answers are notes: a disk that says nonsense about its health is copied all the same.
struct DeviceFacts {
  std::optional<AtaIdentity> ata;
  std::optional<std::uint64_t> native_sectors;  ///< without a Host Protected Area
  std::optional<std::uint64_t> dco_sectors;     ///< without a Device Configuration Overlay
  std::vector<std::string> lifted_area_lines;   ///< the kernel uncovered a Host Protected Area, until the next power cycle
  std::optional<bool> smart_failing;
  std::vector<SmartAttribute> smart;
  std::optional<NvmeController> nvme;
  std::vector<std::uint32_t> nvme_namespaces;
  std::optional<NvmeHealth> nvme_health;
  std::optional<OpalState> opal;
  std::vector<std::string> notes;
};
[[nodiscard]] DeviceFacts facts_of(const DeviceAnswers& answers);

/// Why a copy of what can be read now would not be all of the disk.
struct DiskQuestion {
  std::string kind;  ///< "hidden_area", "lifted_area", "locked", "encrypted"
  std::string text;  ///< what is so, and what is lost if one goes on
};
/// Hidden areas (HPA, DCO, a bridge that shows less), an HPA that the kernel has lifted, ATA security locked, Opal locked or behind a shadow MBR.
[[nodiscard]] std::vector<DiskQuestion> questions_of(const DeviceFacts& facts, const DiskIdentity& disk);

}  // namespace resus::hw
