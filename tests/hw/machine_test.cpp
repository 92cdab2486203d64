#include "hw/machine.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "hw/linux/machine_inspector.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

std::string from_hex_sample(const std::string& name) {
  std::ifstream file(std::string(RESUS_SAMPLES) + "/smbios/" + name);
  EXPECT_TRUE(file) << name;
  std::string line, table;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) table += static_cast<char>(std::stoi(word, nullptr, 16));
  }
  return table;
}

TEST(Smbios, ReadsWhatTheMakerFilledIn) {
  const auto identity = parse_smbios(from_hex_sample("filled-in.hex")).value();
  EXPECT_EQ(identity.manufacturer, "Example Computers");
  EXPECT_EQ(identity.product, "Desk 400 Mini");
  EXPECT_EQ(identity.serial, "CZC1234567");
  EXPECT_EQ(identity.asset_tag, "WARD-0815");
  EXPECT_EQ(identity.bios_version, "2.14.0");
}

TEST(Smbios, TurnsTheFirstThreeFieldsOfTheUuidRound) {
  EXPECT_EQ(parse_smbios(from_hex_sample("filled-in.hex")).value().uuid, "00112233-4455-6677-8899-aabbccddeeff");
}

TEST(Smbios, TakesNoPlaceholderForAnIdentity) {
  const auto identity = parse_smbios(from_hex_sample("placeholders.hex")).value();
  EXPECT_EQ(identity.uuid, "");
  EXPECT_EQ(identity.manufacturer, "");
  EXPECT_EQ(identity.serial, "");
  EXPECT_EQ(identity.asset_tag, "");
  EXPECT_EQ(identity.bios_version, "F2");
}

TEST(Smbios, RefusesEveryTableThatIsCutOff) {
  const std::string table = from_hex_sample("filled-in.hex");
  std::size_t refused = 0;
  for (std::size_t length = 1; length < table.size(); ++length) {
    const auto parsed = parse_smbios(std::string_view(table).substr(0, length));
    if (parsed) continue;  // the cut may fall between two structures
    EXPECT_EQ(parsed.error().code, Code::kBadInput);
    ++refused;
  }
  EXPECT_GE(refused, table.size() - 5);
}

TEST(Smbios, RefusesAStructureThatIsShorterThanItsHeader) {
  EXPECT_EQ(parse_smbios(std::string("\x01\x03\x00\x00\x00\x00", 6)).error().code, Code::kBadInput);
}

TEST(Smbios, IsEmptyForAnEmptyTable) { EXPECT_EQ(parse_smbios("").value().uuid, ""); }

/// A recorded sysfs: one physical port, one bridge, UEFI with Secure Boot.
struct RecordedMachine {
  test::TemporaryDirectory directory;
  void put(const std::string& name, std::string_view content) {
    const std::filesystem::path path = directory.file(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  RecordedMachine() {
    for (const char* name : {"eth0", "br0"}) {
      put("class/net/" + std::string(name) + "/type", "1\n");
      put("class/net/" + std::string(name) + "/address", "52:54:00:12:34:56\n");
      put("class/net/" + std::string(name) + "/carrier", "1\n");
      put("class/net/" + std::string(name) + "/speed", "1000\n");
    }
    put("class/net/lo/type", "772\n");
    put("class/net/eth0/device/vendor", "0x8086\n");
    std::filesystem::create_directory_symlink("../../drivers/e1000e", directory.file("class/net/eth0/device/driver"));
    put("firmware/dmi/tables/DMI", from_hex_sample("filled-in.hex"));
    put(std::string(paths::kSysSecureBoot).substr(1), std::string_view("\x06\0\0\0\x01", 5));
    put("cpuinfo", "processor\t: 0\nmodel name\t: Example CPU @ 2.00GHz\nflags\t: fpu\n");
    put("meminfo", "MemTotal:        1014540 kB\nMemFree: 1 kB\n");
  }
  MachineIdentity inspect() {
    return LinuxMachineInspector({directory.path(), directory.file("cpuinfo"), directory.file("meminfo")}).inspect().value();
  }
};

TEST(MachineInspector, ReadsARecordedMachine) {
  const MachineIdentity machine = RecordedMachine().inspect();
  EXPECT_EQ(machine.smbios.serial, "CZC1234567");
  EXPECT_EQ(machine.firmware, "uefi");
  EXPECT_TRUE(machine.secure_boot);
  EXPECT_EQ(machine.memory_bytes, 1014540u * 1024);
  EXPECT_EQ(machine.cpu, "Example CPU @ 2.00GHz");
}

TEST(MachineInspector, ShowsPhysicalPortsOnly) {
  const auto links = RecordedMachine().inspect().links;
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].name, "eth0");
  EXPECT_EQ(links[0].mac, "52:54:00:12:34:56");
  EXPECT_EQ(links[0].driver, "e1000e");
  EXPECT_TRUE(links[0].carrier);
  EXPECT_EQ(links[0].speed_mbit, 1000u);
}

TEST(MachineInspector, ReadsThisMachineWithoutError) {
  const auto machine = LinuxMachineInspector().inspect();
  ASSERT_TRUE(machine);
  EXPECT_GT(machine.value().memory_bytes, 0u);
}

}  // namespace
}  // namespace resus::hw
