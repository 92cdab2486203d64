#pragma once
// What disks answer, built byte for byte from the layouts of the standards: no recordings of these states were at hand.
#include <cstring>
#include <string>
#include <vector>

namespace resus::test {

using Answer = std::vector<std::byte>;

inline void put_little(Answer& page, std::size_t at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) page[at + i] = static_cast<std::byte>(value >> (8 * i));
}
inline void put_word(Answer& page, std::size_t word, std::uint16_t value) { put_little(page, 2 * word, value, 2); }
inline void put_ata_text(Answer& page, std::size_t first_word, std::size_t words, std::string text) {
  text.resize(2 * words, ' ');
  for (std::size_t i = 0; i < words; ++i) {
    page[2 * (first_word + i)] = static_cast<std::byte>(text[2 * i + 1]);
    page[2 * (first_word + i) + 1] = static_cast<std::byte>(text[2 * i]);
  }
}
/// Bytes 510 and 511: A5h and what makes the sum zero.
inline Answer with_checksum(Answer page, bool signature = true) {
  unsigned sum = 0;
  if (signature) page[510] = std::byte{0xA5};
  page[511] = std::byte{0};
  for (const auto byte : page) sum += std::to_integer<unsigned>(byte);
  page[511] = static_cast<std::byte>(0U - sum);
  return page;
}

/// IDENTIFY DEVICE of a rotating disk of 512e with all the features that hide or lock. ACS-4, section 7.13.
inline Answer ata_identify(std::uint64_t sectors = 976'773'168, std::uint16_t security = 0x0021) {
  Answer page(512);
  put_word(page, 0, 0x0040);
  put_ata_text(page, 10, 10, "        WD-WX41A1234");
  put_ata_text(page, 23, 4, "01.01A01");
  put_ata_text(page, 27, 20, "WDC WD5000LPCX-24VHAT0");
  put_word(page, 48, 0x4001);   // trusted computing
  put_little(page, 120, 268'435'455, 4);
  put_word(page, 82, 0x746B);   // SMART, security, HPA …
  put_word(page, 83, 0x7D61);   // LBA48, DCO
  put_word(page, 85, 0x7469);
  put_word(page, 87, 0x4163);   // WWN is there
  put_little(page, 200, sectors, 8);
  put_word(page, 106, 0x6003);  // 8 logical sectors a physical one
  put_word(page, 108, 0x5001);
  put_word(page, 109, 0x4EE6);
  put_word(page, 110, 0x5B2A);
  put_word(page, 111, 0x1C3D);
  put_word(page, 128, security);
  put_word(page, 217, 5400);
  return with_checksum(page);
}

/// Sense data in descriptor format with an ATA Status Return descriptor. SAT-4, section 12.2.2.
inline Answer ata_sense(std::uint64_t lba, std::uint8_t status = 0x50, std::uint8_t error = 0) {
  Answer sense(22);
  const auto set = [&](std::size_t at, std::uint64_t value) { sense[at] = static_cast<std::byte>(value); };
  set(0, 0x72), set(1, 0x01), set(2, 0x00), set(3, 0x1D), set(7, 14);
  set(8, 0x09), set(9, 0x0C), set(10, 0x01), set(11, error);
  set(14, lba >> 24), set(15, lba), set(16, lba >> 32), set(17, lba >> 8), set(18, lba >> 40), set(19, lba >> 16);
  set(20, 0x40), set(21, status);
  return sense;
}

/// Answer to DEVICE CONFIGURATION IDENTIFY: the last sector that could be shown. ACS-2, table 24.
inline Answer dco_identify(std::uint64_t last_lba) {
  Answer page(512);
  put_word(page, 0, 2);
  put_little(page, 6, last_lba, 8);
  return with_checksum(page);
}

inline Answer smart_data() {
  Answer page(512);
  put_word(page, 0, 16);
  const auto attribute = [&](std::size_t index, std::uint8_t id, std::uint8_t value, std::uint64_t raw) {
    const auto at = 2 + 12 * index;
    put_little(page, at, id, 1);
    put_little(page, at + 3, value, 1);
    put_little(page, at + 4, value, 1);
    put_little(page, at + 5, raw, 6);
  };
  attribute(0, 5, 140, 312);    // reallocated sectors
  attribute(1, 9, 77, 17'123);  // power-on hours
  attribute(3, 197, 200, 48);   // pending sectors; a gap before it
  return with_checksum(page, false);
}

/// TCG Level 0 Discovery: TPer, Locking with these flags, Opal 2.0. Core Specification 2.01, section 3.3.6.
inline Answer opal_discovery(std::uint8_t locking_flags, std::uint16_t ssc = 0x0203) {
  Answer answer(512);
  std::size_t at = 48;
  const auto feature = [&](std::uint16_t code, std::uint8_t first_byte, std::size_t size) {
    answer[at] = static_cast<std::byte>(code >> 8U);
    answer[at + 1] = static_cast<std::byte>(code);
    answer[at + 2] = std::byte{0x10};
    answer[at + 3] = static_cast<std::byte>(size);
    answer[at + 4] = static_cast<std::byte>(first_byte);
    at += 4 + size;
  };
  feature(0x0001, 0x11, 12);
  feature(0x0002, locking_flags, 12);
  feature(ssc, 0x10, 16);
  const auto length = at - 4;
  for (std::size_t i = 0; i < 4; ++i) answer[i] = static_cast<std::byte>(length >> (8 * (3 - i)));
  return answer;
}

inline Answer nvme_controller() {
  Answer page(4096);
  const auto text = [&](std::size_t at, std::string value, std::size_t size) {
    value.resize(size, ' ');
    std::memcpy(page.data() + at, value.data(), size);
  };
  text(4, "S4EWNX0N123456", 20);
  text(24, "Samsung SSD 970 EVO Plus 500GB", 40);
  text(64, "2B2QEXM7", 8);
  put_little(page, 256, 0x0017, 2);  // OACS: security, format, firmware, self-test
  put_little(page, 280, 500'107'862'016, 8);
  put_little(page, 516, 1, 4);
  return page;
}

inline Answer nvme_health() {
  Answer page(512);
  put_little(page, 0, 0x04, 1);
  put_little(page, 1, 312, 2);
  put_little(page, 3, 99, 1);
  put_little(page, 4, 10, 1);
  put_little(page, 5, 7, 1);
  put_little(page, 32, 12'345'678, 8);
  put_little(page, 48, 9'876'543, 8);
  put_little(page, 128, 4'321, 8);
  put_little(page, 144, 17, 8);
  put_little(page, 160, 3, 8);
  return page;
}

}  // namespace resus::test
