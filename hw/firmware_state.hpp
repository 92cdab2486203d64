#pragma once
// What the firmware kept of earlier starts: UEFI variables with the order of booting, and what the TPM was told.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

struct UefiVariable {
  std::string name;              ///< "Boot0003"
  std::string vendor;            ///< GUID, lower case with hyphens
  std::uint32_t attributes = 0;  ///< Source: UEFI 2.10, 8.2: 1 non-volatile, 2 boot services, 4 run time, …
  std::string value;
};

/// As it was before our own boot changed what it changes (BootCurrent is ours).
struct FirmwareState {
  std::vector<UefiVariable> variables;  ///< by name and vendor
  std::string tpm_log;                  ///< as the firmware left it; empty without a TPM
  std::vector<std::string> notes;       ///< what could not be read
  [[nodiscard]] bool empty() const { return variables.empty() && tpm_log.empty() && notes.empty(); }
};

/// One way to start the PC: a Boot#### variable.
struct BootEntry {
  std::uint16_t number = 0;
  bool active = false;
  std::string description;
  std::string file;  ///< "\EFI\Microsoft\Boot\bootmgfw.efi"; empty where the entry names a device only
};

/// @param value of the variable. Source: UEFI 2.10, 3.1.3 (EFI_LOAD_OPTION) and 10.3.5.4 (file path nodes).
/// Errors: kBadInput for one that ends too early.
[[nodiscard]] Result<BootEntry> parse_boot_entry(std::uint16_t number, std::span<const std::byte> value);

/// What the firmware tries, and in which order.
struct BootOrder {
  std::optional<std::uint16_t> current, next;  ///< this start's entry; the entry for the next start only
  std::vector<std::uint16_t> order;
  std::vector<BootEntry> entries;              ///< by number, those outside the order too
  std::vector<std::string> notes;              ///< entries that make no sense
};
[[nodiscard]] BootOrder boot_order_of(const FirmwareState& state);

}  // namespace resus::hw
