#pragma once
// First contact: who the machine is. web/API.md, POST /enrol.
#include <cstdint>
#include <string>
#include <vector>

#include "hw/block_device.hpp"
#include "hw/machine.hpp"
#include "web/messages/codec.hpp"

namespace resus::messages {

inline constexpr std::size_t kMaxDisks = 64;
inline constexpr std::size_t kMaxLinks = 32;
/// No disk is larger: 1 EiB, so that sums of a few sizes stay numbers.
inline constexpr std::uint64_t kMaxDiskBytes = std::uint64_t{1} << 60;

/// No enrolment is longer: kMaxDisks disks as they describe themselves (some 350 bytes each), kMaxLinks links, and room.
inline constexpr std::size_t kMaxEnrolBytes = std::size_t{32} << 10;

struct EnrolRequest {
  std::string boot_id;  ///< made fresh by every boot
  std::string ticket;   ///< the boot ticket from the kernel command line, empty when there was none
  hw::MachineIdentity identity;
  std::vector<hw::DiskIdentity> disks;
  std::string build;
  std::string status_url;  ///< where the machine shows its own status page
  std::string time;        ///< the machine's clock, RFC 3339; its error goes into the record
};

struct EnrolReply {
  std::string machine_id;
  std::string short_code;
  std::string slot;
  std::uint32_t heartbeat_s = 5;
};

[[nodiscard]] std::string encode(const EnrolRequest& request);
[[nodiscard]] std::string encode(const EnrolReply& reply);
template <>
[[nodiscard]] Result<EnrolRequest> decode<EnrolRequest>(std::string_view body);
template <>
[[nodiscard]] Result<EnrolReply> decode<EnrolReply>(std::string_view body);

/// Identities as JSON of their own: the catalogue keeps them, the record quotes them.
[[nodiscard]] std::string encode(const hw::MachineIdentity& identity);
[[nodiscard]] std::string encode(const hw::DiskIdentity& disk);
template <>
[[nodiscard]] Result<hw::MachineIdentity> decode<hw::MachineIdentity>(std::string_view body);
template <>
[[nodiscard]] Result<hw::DiskIdentity> decode<hw::DiskIdentity>(std::string_view body);

}  // namespace resus::messages
