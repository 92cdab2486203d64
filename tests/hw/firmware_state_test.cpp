#include "hw/linux/firmware_state.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

constexpr std::string_view kGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}
std::string utf16(std::string_view ascii) {
  std::string text;
  for (const char c : ascii) text += {c, '\0'};
  return text + std::string(2, '\0');
}
std::string node(unsigned type, unsigned subtype, const std::string& content) {
  return std::string{static_cast<char>(type), static_cast<char>(subtype)} + little(content.size() + 4, 2) + content;
}
const std::string kEndOfPath = node(0x7F, 0xFF, "");

/// EFI_LOAD_OPTION: attributes, length of the path, name, path, and data of its own behind them.
std::string load_option(std::uint32_t attributes, std::string_view name, const std::string& path, const std::string& data = {}) {
  return little(attributes, 4) + little(path.size(), 2) + utf16(name) + path + data;
}
const std::string kWindows = load_option(1, "Windows Boot Manager",
                                         node(4, 1, std::string(38, 'g')) + node(4, 4, utf16("\\EFI\\Microsoft\\Boot\\bootmgfw.efi")) + kEndOfPath, "WINDOWS");

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(BootEntry, GivesNameStateAndFile) {
  const auto entry = parse_boot_entry(3, bytes_of(kWindows)).value();
  EXPECT_EQ(entry.number, 3);
  EXPECT_TRUE(entry.active);
  EXPECT_EQ(entry.description, "Windows Boot Manager");
  EXPECT_EQ(entry.file, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
  const auto card = parse_boot_entry(4, bytes_of(load_option(8, "UEFI PXEv4", node(3, 11, std::string(33, 'm')) + kEndOfPath))).value();
  EXPECT_FALSE(card.active);
  EXPECT_EQ(card.file, "") << "a network card is no file";
}

TEST(BootEntry, ThatEndsTooEarlyIsRefused) {
  const auto needed = kWindows.size() - std::string("WINDOWS").size();
  for (std::size_t length = 0; length < needed; ++length) {
    EXPECT_FALSE(parse_boot_entry(0, bytes_of(kWindows.substr(0, length)))) << length;
  }
  EXPECT_TRUE(parse_boot_entry(0, bytes_of(kWindows.substr(0, needed))));
  EXPECT_FALSE(parse_boot_entry(0, bytes_of(load_option(1, "x", std::string("\x04\x04\x03\0", 4))))) << "a node shorter than its head";
  EXPECT_FALSE(parse_boot_entry(0, bytes_of(load_option(1, "x", std::string("\x04\x04\xFF\0", 4))))) << "a node longer than the path";
}

TEST(BootEntry, CannotDriveATerminal) {
  const auto entry = parse_boot_entry(0, bytes_of(load_option(1, "\x1b[2Jx", kEndOfPath))).value();
  EXPECT_EQ(entry.description, " [2Jx");
}

TEST(BootOrder, IsTheFirmwaresOwnAndKeepsEntriesOutsideOfIt) {
  const auto variable = [](std::string name, std::string value, std::string vendor = std::string(kGlobal)) {
    return UefiVariable{.name = std::move(name), .vendor = std::move(vendor), .attributes = 7, .value = std::move(value)};
  };
  FirmwareState state;
  state.variables = {variable("Boot0001", load_option(1, "Disk", kEndOfPath)), variable("Boot000A", kWindows), variable("Boot0002", "short"),
                     variable("BootCurrent", little(1, 2)), variable("BootNext", little(10, 2)), variable("BootOrder", little(10, 2) + little(1, 2)),
                     variable("BootOptionSupport", little(1, 4)), variable("Boot0007", kWindows, "00000000-0000-0000-0000-000000000000")};
  const auto boot = boot_order_of(state);
  EXPECT_EQ(boot.order, (std::vector<std::uint16_t>{10, 1}));
  EXPECT_EQ(boot.current, 1);
  EXPECT_EQ(boot.next, 10);
  ASSERT_EQ(boot.entries.size(), 2U);
  EXPECT_EQ(boot.entries[1].number, 10);
  ASSERT_EQ(boot.notes.size(), 1U);
  EXPECT_TRUE(boot.notes[0].starts_with("Boot0002"));
}

TEST(FirmwareState, IsReadFromWhatTheKernelShows) {
  const test::TemporaryDirectory directory;
  const auto put = [&](const std::string& name, const std::string& content) {
    const std::filesystem::path path = directory.file(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  };
  const std::string folder = std::string(paths::kSysEfiVariables).substr(1) + "/";
  put(folder + "BootOrder-" + std::string(kGlobal), little(7, 4) + little(3, 2));
  put(folder + "With-hyphens-" + std::string(kGlobal), little(3, 4));
  put(folder + "nonsense", "x");
  put(folder + "Empty-" + std::string(kGlobal), "");
  put(std::string(paths::kSysTpmLog).substr(1), std::string("log\0log", 7));
  const auto state = read_firmware_state({directory.path(), "", ""});
  ASSERT_EQ(state.variables.size(), 2U);
  EXPECT_EQ(state.variables[0].name, "BootOrder");
  EXPECT_EQ(state.variables[0].vendor, kGlobal);
  EXPECT_EQ(state.variables[0].attributes, 7U);
  EXPECT_EQ(state.variables[0].value, little(3, 2));
  EXPECT_EQ(state.variables[1].name, "With-hyphens");
  EXPECT_EQ(state.tpm_log, std::string("log\0log", 7));
  EXPECT_EQ(state.notes.size(), 2U);
}

TEST(FirmwareState, OfAMachineWithoutUefiAndTpmIsEmpty) {
  const test::TemporaryDirectory directory;
  EXPECT_TRUE(read_firmware_state({directory.path(), "", ""}).empty());
}

}  // namespace
}  // namespace resus::hw
