// What real disks answered, recorded by their owners (tests/samples/ata/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "hw/device_facts.hpp"

namespace resus::hw {
namespace {

using Bytes = std::vector<std::byte>;

/// The pieces of one recording by their letters.
std::map<std::string, Bytes> recording(const std::string& name) {
  std::ifstream file(std::string(RESUS_SAMPLES) + "/ata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, Bytes> pieces;
  for (std::size_t at = 0; at + 8 <= text.size();) {
    std::size_t length = 0;
    for (std::size_t i = 4; i < 8; ++i) length = length << 8U | static_cast<unsigned char>(text[at + i]);
    auto& piece = pieces[text.substr(at, 4)];
    for (std::size_t i = 0; i < length && at + 8 + i < text.size(); ++i) piece.push_back(static_cast<std::byte>(text[at + 8 + i]));
    at += 8 + length;
  }
  return pieces;
}

/// Sectors as the maker sells them (IDEMA LBA1-03 and the data sheets), not as the code under test reads them.
struct Sold {
  const char* file;
  const char* model;
  std::uint64_t sectors;
};
constexpr Sold kSold[] = {
    {"FUJITSU_MHY2120BH--0084000D", "FUJITSU MHY2120BH", 234'441'648},
    {"FUJITSU_MHY2120BH--0085000B", "FUJITSU MHY2120BH", 234'441'648},
    {"FUJITSU_MHY2250BH--0085000B", "FUJITSU MHY2250BH", 488'397'168},
    {"FUJITSU_MHZ2160BH_G1--0084000A", "FUJITSU MHZ2160BH G1", 312'581'808},
    {"INTEL_SSDSA2MH080G1GC--045C8820", "INTEL SSDSA2MH080G1GC", 156'301'488},
    {"MCCOE64GEMPP--2.9.09", "MCCOE64GEMPP", 117'231'408},
    {"Maxtor_96147H8--BAC51KJ0", "Maxtor 96147H8", 120'060'864},
    {"Maxtor_96147H8--BAC51KJ0--2", "Maxtor 96147H8", 120'060'864},
    {"SAMSUNG_HD501LJ--CR100-12", "SAMSUNG HD501LJ", 976'773'168},
    {"SAMSUNG_MMCQE28G8MUP--0VA_VAM08L1Q", "SAMSUNG MMCQE28G8MUP-0VA", 250'069'680},
    {"SAMSUNG_MP0804H--UE100-14", "SAMSUNG MP0804H", 156'368'016},
    {"ST320410A--3.39", "ST320410A", 39'100'223},  // fewer than the 39,102,336 sold
    {"ST9100821AS--3.CME", "ST9100821AS", 195'371'568},
    {"ST9160821AS--3.CLH", "ST9160821AS", 312'581'808},
    {"TOSHIBA_MK1651GSY--38IGT0G5T", "TOSHIBA MK1651GSY", 312'581'808},
    {"WDC_WD2500JB--00REA0-20.00K20", "WDC WD2500JB-00REA0", 488'397'168},
    {"WDC_WD2500JS-75NCB3--10.02E04", "WDC WD2500JS-75NCB3", 488'281'250},  // cut to 250 GB for a PC maker
    {"WDC_WD5000AAKS--00TMA0-12.01C01", "WDC WD5000AAKS-00TMA0", 976'773'168},
};

class RecordedDisk : public testing::TestWithParam<Sold> {};

TEST_P(RecordedDisk, SaysWhatItIs) {
  const auto pieces = recording(GetParam().file);
  const auto identity = parse_ata_identify(pieces.at("IDFY"));
  ASSERT_TRUE(identity) << identity.error().to_string();
  const auto& ata = identity.value();
  EXPECT_EQ(ata.model, GetParam().model);
  EXPECT_EQ(ata.sectors, GetParam().sectors);
  EXPECT_EQ(ata.logical_sector_bytes, 512U);
  EXPECT_EQ(ata.physical_sector_bytes, 512U) << "all of them are older than 4096-byte sectors";
  EXPECT_FALSE(ata.serial.empty() || ata.firmware.empty());
  EXPECT_TRUE(ata.smart_feature && ata.hpa_feature);
  EXPECT_FALSE(ata.security.enabled || ata.security.locked) << "its owner read it";
}

TEST_P(RecordedDisk, SaysHowItIs) {
  const auto pieces = recording(GetParam().file);
  const auto attributes = parse_smart_data(pieces.at("SMDT"));
  ASSERT_TRUE(attributes) << attributes.error().to_string();
  const auto hours = std::ranges::find(attributes.value(), 9, &SmartAttribute::id);
  ASSERT_NE(hours, attributes.value().end()) << "every one of them counts the hours it was on";
  EXPECT_GT(hours->raw, 0U);
  for (const auto& one : attributes.value()) EXPECT_LE(one.worst, 253) << "attribute " << int(one.id);
}

TEST_P(RecordedDisk, WithOneBitWrongIsNotBelieved) {
  for (const char* letters : {"IDFY", "SMDT"}) {
    auto page = recording(GetParam().file).at(letters);
    page[130] ^= std::byte{4};
    const bool believed = letters == std::string("IDFY") ? parse_ata_identify(page).has_value() : parse_smart_data(page).has_value();
    EXPECT_FALSE(believed) << letters;
  }
}

TEST_P(RecordedDisk, WhoseEndIsHiddenRaisesAQuestion) {
  DeviceFacts facts;
  facts.ata = parse_ata_identify(recording(GetParam().file).at("IDFY")).value();
  const DiskIdentity disk{.path = "/dev/sda", .size_bytes = GetParam().sectors * 512};
  EXPECT_TRUE(questions_of(facts, disk).empty());
  facts.native_sectors = GetParam().sectors + 1;
  const auto questions = questions_of(facts, disk);
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions.front().kind, "hidden_area");
}

INSTANTIATE_TEST_SUITE_P(Libatasmart, RecordedDisk, testing::ValuesIn(kSold), [](const auto& one) {
  std::string name = one.param.file;
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(RecordedDisks, SayOddThingsThatStandInTheirRecordings) {
  const auto of = [](const char* file) { return parse_ata_identify(recording(file).at("IDFY")).value(); };
  EXPECT_TRUE(of("FUJITSU_MHY2120BH--0084000D").security.frozen);
  EXPECT_FALSE(of("MCCOE64GEMPP--2.9.09").security.frozen);
  EXPECT_FALSE(of("Maxtor_96147H8--BAC51KJ0").security.supported) << "from before the feature set";
  EXPECT_EQ(of("INTEL_SSDSA2MH080G1GC--045C8820").rotation, 1U) << "it does not turn";
  EXPECT_EQ(of("TOSHIBA_MK1651GSY--38IGT0G5T").firmware, "LD001D") << "the file is named after something else";
  EXPECT_TRUE(of("SAMSUNG_HD501LJ--CR100-12").dco_feature);
  EXPECT_FALSE(of("ST320410A--3.39").wwn.size()) << "ATA-6 disks have no name of their own";
}

}  // namespace
}  // namespace resus::hw
