#pragma once
// What an ATA disk says of itself: IDENTIFY DEVICE, the native end of the medium, SMART.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

/// State of the ATA Security feature set. Source: ACS-4, IDENTIFY DEVICE word 128.
struct AtaSecurity {
  bool supported = false;
  bool enabled = false;   ///< a password is set
  bool locked = false;    ///< reads are refused until it is given
  bool frozen = false;    ///< the firmware has closed the commands until the next power cycle
};

struct AtaIdentity {
  std::string model, serial, firmware, wwn;  ///< wwn: 16 hex digits or empty
  std::uint64_t sectors = 0;                 ///< addressable now
  std::uint32_t logical_sector_bytes = 512;
  std::uint32_t physical_sector_bytes = 512;
  std::uint16_t rotation = 0;                ///< 1: not rotating, else turns a minute, 0: not said
  bool hpa_feature = false;                  ///< Host Protected Area feature set (word 82 bit 10)
  bool dco_feature = false;                  ///< Device Configuration Overlay (word 83 bit 11)
  bool amax_feature = false;                 ///< Accessible Max Address Configuration (word 119 bit 8)
  bool smart_feature = false, smart_enabled = false;
  bool trusted_computing = false;            ///< word 48 bit 0: TCG (Opal) commands are there
  AtaSecurity security;
};

/// @param page the 512 bytes of IDENTIFY DEVICE. Source: ACS-4 (T13/BSR INCITS 529), section 7.13.
/// Errors: kBadInput for another length, a wrong checksum, or an ATAPI device.
[[nodiscard]] Result<AtaIdentity> parse_ata_identify(std::span<const std::byte> page);

/// Registers that an ATA PASS-THROUGH command gave back. Source: SAT-4, ATA Status Return descriptor (code 09h).
struct AtaReturn {
  std::uint8_t error = 0, status = 0;
  std::uint16_t count = 0;
  std::uint64_t lba = 0;     ///< 48 bits
};
/// From sense data in descriptor (72h) format; the fixed one (70h) keeps too few bits of the LBA.
/// Errors: kBadInput when it holds no ATA registers.
[[nodiscard]] Result<AtaReturn> parse_ata_return(std::span<const std::byte> sense);

/// READ NATIVE MAX ADDRESS EXT (27h) and GET NATIVE MAX ADDRESS EXT (78h/0000h): the LBA is the last sector's.
/// Nothing when the device refused the command.
[[nodiscard]] std::optional<std::uint64_t> native_sectors(const AtaReturn& answer);

/// Sectors the disk had without a Device Configuration Overlay.
/// @param page 512 bytes of DEVICE CONFIGURATION IDENTIFY (B1h/C2h). Source: ACS-2, table 24 (words 3 to 6).
/// Errors: kBadInput for another length or a wrong checksum.
[[nodiscard]] Result<std::uint64_t> parse_dco_sectors(std::span<const std::byte> page);

struct SmartAttribute {
  std::uint8_t id = 0;
  std::uint8_t value = 0, worst = 0;
  std::uint64_t raw = 0;  ///< 48 bits; what it means is the maker's affair
};
/// @param page 512 bytes of SMART READ DATA (B0h/D0h): the table that every maker fills in the same way since SFF-8035i.
/// Errors: kBadInput for another length or a wrong checksum.
[[nodiscard]] Result<std::vector<SmartAttribute>> parse_smart_data(std::span<const std::byte> page);
/// SMART RETURN STATUS (B0h/DAh): true when the disk predicts its own failure. Nothing when it says neither.
[[nodiscard]] std::optional<bool> smart_predicts_failure(const AtaReturn& answer);

}  // namespace resus::hw
