#pragma once
// A permit that fits, and what its holder knows; tests change one thing in it.
#include <chrono>

#include "imaging/permit.hpp"

namespace resus::test {

inline imaging::TreeRoot root_of(std::uint8_t byte) {
  imaging::TreeRoot root;
  root.bytes.fill(byte);
  return root;
}

inline constexpr std::int64_t kPermitIssuedMs = 1'795'431'600'000;
inline constexpr std::int64_t kPermitLifeMs = 3'600'000;

inline imaging::Permit sample_permit(const hw::DiskIdentity& disk) {
  return {.permit_id = "p-1",
          .machine_id = "m-7Q2K",
          .boot_id = "boot-1",
          .disk_serial = disk.serial,
          .disk_bytes = disk.size_bytes,
          .evidence_id = "ev-0123456789abcdef",
          .evidence_root = root_of(1),
          .image_id = "img-0123456789abcdef",
          .image_root = root_of(2),
          .issued_at_ms = kPermitIssuedMs,
          .expires_at_ms = kPermitIssuedMs + kPermitLifeMs,
          .waiver = {}};
}

inline imaging::PermitContext context_of(const imaging::Permit& permit) {
  return {.machine_id = permit.machine_id,
          .boot_id = permit.boot_id,
          .evidence_id = permit.evidence_id,
          .evidence_root = permit.evidence_root,
          .image_id = permit.image_id,
          .image_root = permit.image_root,
          .now = hw::UtcTime(std::chrono::milliseconds(permit.issued_at_ms))};
}

inline std::string sealed(const imaging::SigningKey& key, const imaging::Permit& permit) {
  return imaging::seal(key, imaging::Purpose::kPermit, imaging::to_json(permit)).value();
}

}  // namespace resus::test
