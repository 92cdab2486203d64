#pragma once
// The depot's signed leave to write to one disk. FORMAT.md section 8.
#include <optional>
#include <string>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "imaging/block.hpp"
#include "imaging/envelope.hpp"

namespace resus::imaging {

struct Waiver {
  std::string actor;
  std::string reason;
};

struct Permit {
  std::string permit_id;
  std::string machine_id;
  std::string boot_id;       ///< the boot for which it was made; another boot asks again
  std::string disk_serial;
  std::uint64_t disk_bytes = 0;
  /// No byte at or behind this one is written: what is left of a disk whose Host Protected Area is lifted. 0: disk_bytes.
  std::uint64_t lasting_bytes = 0;
  std::string evidence_id;   ///< empty only with a waiver
  TreeRoot evidence_root;
  std::string image_id;
  TreeRoot image_root;
  std::int64_t issued_at_ms = 0;   ///< UTC, Unix epoch
  std::int64_t expires_at_ms = 0;
  std::optional<Waiver> waiver;
};
[[nodiscard]] std::string to_json(const Permit& permit);
[[nodiscard]] Result<Permit> permit_from_json(std::string_view json);

/// What the holder of a permit knows of itself; every field must agree.
struct PermitContext {
  std::string machine_id;
  std::string boot_id;
  std::string evidence_id;   ///< what this agent itself acquired or was told was verified; empty with a waiver
  TreeRoot evidence_root;
  std::string image_id;
  TreeRoot image_root;
  hw::UtcTime now;
};

/// Pure check: signature, expiry, machine, boot, serial, size, evidence, image.
/// Errors: kPermitSignature, kPermitExpired, kPermitMismatch (context says which field).
[[nodiscard]] Result<Permit> check_permit(std::string_view envelope, std::span<const PublicKey> trusted,
                                          const PermitContext& context, const hw::DiskIdentity& disk);

}  // namespace resus::imaging
