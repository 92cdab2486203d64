#include "hw/linux/device_commands.hpp"

#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>

#include <array>
#include <cstring>

#include "hw/ata_identify.hpp"
#include "hw/nvme_health.hpp"

namespace resus::hw {
namespace {

constexpr unsigned kTimeoutMs = 10'000;
constexpr std::size_t kSector = 512;
constexpr std::size_t kNvmePage = 4096;

/// One ATA command in the words of ATA PASS-THROUGH (16). Source: SAT-4, section 12.2.
struct AtaCommand {
  std::uint8_t command = 0;
  std::uint8_t features = 0;
  std::uint64_t lba = 0;  ///< low 24 bits where the command has no 48-bit form
  bool extended = false;
};

std::array<std::uint8_t, 16> pass_through(const AtaCommand& ata, bool data_in) {
  constexpr std::uint8_t kNonData = 3, kPioIn = 4;
  // T_DIR from the device, BYT_BLOK in blocks, T_LENGTH in the count; without data CK_COND: give the registers back.
  const std::uint8_t flags = data_in ? 0x0E : 0x20;
  const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(ata.lba >> shift); };
  return {0x85, static_cast<std::uint8_t>((data_in ? kPioIn : kNonData) << 1U | (ata.extended ? 1U : 0U)), flags,
          0, ata.features, 0, static_cast<std::uint8_t>(data_in ? 1 : 0),
          byte(24), byte(0), byte(32), byte(8), byte(40), byte(16),
          0x40, ata.command, 0};
}

struct AtaAnswer {
  std::vector<std::byte> data, sense;
};

AtaAnswer run(int fd, const AtaCommand& ata, bool data_in) {
  auto command = pass_through(ata, data_in);
  std::array<std::uint8_t, 64> sense{};
  std::vector<std::byte> data(data_in ? kSector : 0);
  sg_io_hdr_t io{};
  io.interface_id = 'S';
  io.dxfer_direction = data_in ? SG_DXFER_FROM_DEV : SG_DXFER_NONE;
  io.cmd_len = command.size();
  io.cmdp = command.data();
  io.mx_sb_len = sense.size();
  io.sbp = sense.data();
  io.dxfer_len = static_cast<unsigned>(data.size());
  io.dxferp = data.data();
  io.timeout = kTimeoutMs;
  if (::ioctl(fd, SG_IO, &io) != 0 || io.host_status != 0) return {};
  AtaAnswer answer;
  const auto* begin = reinterpret_cast<const std::byte*>(sense.data());
  answer.sense.assign(begin, begin + io.sb_len_wr);
  // With data a check condition is a refusal; without it carries the registers.
  if (data_in && (io.status != 0 || io.resid != 0)) return answer;
  answer.data = std::move(data);
  return answer;
}

std::vector<std::byte> nvme(int fd, std::uint8_t opcode, std::uint32_t nsid, std::uint32_t dword10, std::uint32_t dword11,
                            std::size_t bytes) {
  std::vector<std::byte> data(bytes);
  nvme_admin_cmd command{};
  command.opcode = opcode;
  command.nsid = nsid;
  command.addr = reinterpret_cast<std::uintptr_t>(data.data());
  command.data_len = static_cast<std::uint32_t>(bytes);
  command.cdw10 = dword10;
  command.cdw11 = dword11;
  command.timeout_ms = kTimeoutMs;
  if (::ioctl(fd, NVME_IOCTL_ADMIN_CMD, &command) != 0) return {};
  return data;
}

}  // namespace

DeviceAnswers ask_ata(int fd) {
  DeviceAnswers answers;
  answers.ata_identify = run(fd, {.command = 0xEC}, true).data;
  const auto identity = parse_ata_identify(answers.ata_identify);
  if (!identity) {  // no ATA disk: nothing else is asked
    answers.ata_identify.clear();
    return answers;
  }
  const auto& ata = identity.value();
  if (ata.hpa_feature) answers.native_max_sense = run(fd, {.command = 0x27, .extended = true}, false).sense;
  if (ata.amax_feature) answers.native_max_sense = run(fd, {.command = 0x78, .extended = true}, false).sense;
  if (ata.dco_feature) answers.dco_identify = run(fd, {.command = 0xB1, .features = 0xC2}, true).data;
  if (ata.smart_enabled) {
    answers.smart_data = run(fd, {.command = 0xB0, .features = 0xD0, .lba = 0xC24F00}, true).data;
    answers.smart_status_sense = run(fd, {.command = 0xB0, .features = 0xDA, .lba = 0xC24F00}, false).sense;
  }
  // TRUSTED RECEIVE, security protocol 01h, ComID 0001h.
  if (ata.trusted_computing) answers.opal_discovery = run(fd, {.command = 0x5C, .features = 0x01, .lba = 0x000100}, true).data;
  return answers;
}

DeviceAnswers ask_nvme(int fd) {
  constexpr std::uint8_t kIdentify = 0x06, kGetLogPage = 0x02, kSecurityReceive = 0x82;
  DeviceAnswers answers;
  answers.nvme_controller = nvme(fd, kIdentify, 0, 0x01, 0, kNvmePage);
  answers.nvme_namespaces = nvme(fd, kIdentify, 0, 0x02, 0, kNvmePage);
  constexpr std::uint32_t kDwords = kSector / 4 - 1;
  answers.nvme_health = nvme(fd, kGetLogPage, 0xFFFFFFFF, kDwords << 16U | 0x02U, 0, kSector);
  const auto controller = parse_nvme_controller(answers.nvme_controller);
  if (controller && controller.value().security_commands) {
    answers.opal_discovery = nvme(fd, kSecurityReceive, 0, 0x01U << 24U | 0x0001U << 8U, kSector, kSector);
  }
  return answers;
}

}  // namespace resus::hw
