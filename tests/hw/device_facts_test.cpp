#include "hw/device_facts.hpp"

#include <gtest/gtest.h>

#include "tests/support/device_samples.hpp"

namespace resus::hw {
namespace {

constexpr std::uint64_t kSectors = 976'773'168;

DiskIdentity disk_of(std::uint64_t sectors) { return {.path = "/dev/sda", .size_bytes = sectors * 512}; }

TEST(AtaIdentify, GivesIdentitySizesFeaturesAndSecurity) {
  const auto ata = parse_ata_identify(test::ata_identify()).value();
  EXPECT_EQ(ata.model, "WDC WD5000LPCX-24VHAT0");
  EXPECT_EQ(ata.serial, "WD-WX41A1234");
  EXPECT_EQ(ata.firmware, "01.01A01");
  EXPECT_EQ(ata.wwn, "50014ee65b2a1c3d");
  EXPECT_EQ(ata.sectors, kSectors);
  EXPECT_EQ(ata.logical_sector_bytes, 512U);
  EXPECT_EQ(ata.physical_sector_bytes, 4096U);
  EXPECT_EQ(ata.rotation, 5400U);
  EXPECT_TRUE(ata.hpa_feature && ata.dco_feature && ata.smart_feature && ata.smart_enabled && ata.trusted_computing);
  EXPECT_FALSE(ata.amax_feature);
  EXPECT_TRUE(ata.security.supported);
  EXPECT_FALSE(ata.security.locked || ata.security.enabled || ata.security.frozen);
}

TEST(AtaIdentify, RefusesWhatIsNoAnswerOfADisk) {
  auto page = test::ata_identify();
  page[100] ^= std::byte{1};
  EXPECT_EQ(parse_ata_identify(page).error().code, Code::kBadInput) << "wrong checksum";
  EXPECT_EQ(parse_ata_identify(std::span(page).first(511)).error().code, Code::kBadInput);
  auto packet = test::ata_identify();
  test::put_word(packet, 0, 0x85C0);
  EXPECT_EQ(parse_ata_identify(test::with_checksum(packet)).error().code, Code::kBadInput) << "a CD drive";
}

TEST(AtaIdentify, DoesNotBelieveSectorsThatNoDiskHas) {
  for (const std::uint64_t words : {0U, 1U, 255U, 257U, 1U << 16, 0xFFFF'FFFFU}) {
    auto page = test::ata_identify();
    test::put_word(page, 106, 0x5000);  // logical sectors longer than 256 words
    test::put_little(page, 234, words, 4);
    const auto ata = parse_ata_identify(test::with_checksum(page)).value();
    EXPECT_EQ(ata.logical_sector_bytes, 512U) << words;
    EXPECT_FALSE(questions_of({.ata = ata, .native_sectors = ata.sectors + 8}, disk_of(kSectors)).empty());
  }
  auto native = test::ata_identify();
  test::put_word(native, 106, 0x5000);
  test::put_little(native, 234, 2048, 4);
  EXPECT_EQ(parse_ata_identify(test::with_checksum(native)).value().logical_sector_bytes, 4096U);
}

TEST(AtaReturn, GivesAllOfA48BitAddress) {
  const auto answer = parse_ata_return(test::ata_sense(0x1234'5678'9ABC)).value();
  EXPECT_EQ(answer.lba, 0x1234'5678'9ABCULL);
  EXPECT_EQ(native_sectors(answer), 0x1234'5678'9ABDULL);
  EXPECT_FALSE(native_sectors(parse_ata_return(test::ata_sense(5, 0x51, 0x04)).value())) << "the command was aborted";
  const auto whole = test::ata_sense(7);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_ata_return(std::span(whole).first(length))) << length;
  }
}

TEST(Smart, GivesAttributesAndTheDisksOwnForecast) {
  const auto attributes = parse_smart_data(test::smart_data()).value();
  ASSERT_EQ(attributes.size(), 3U);
  EXPECT_EQ(attributes[0].raw, 312U);
  EXPECT_EQ(attributes[2].id, 197U);
  EXPECT_EQ(attributes[2].raw, 48U);
  EXPECT_EQ(smart_predicts_failure(parse_ata_return(test::ata_sense(0xC24F00)).value()), false);
  EXPECT_EQ(smart_predicts_failure(parse_ata_return(test::ata_sense(0x2CF400)).value()), true);
  EXPECT_EQ(smart_predicts_failure(parse_ata_return(test::ata_sense(0)).value()), std::nullopt);
}

TEST(Nvme, GivesControllerNamespacesAndHealth) {
  const auto controller = parse_nvme_controller(test::nvme_controller()).value();
  EXPECT_EQ(controller.model, "Samsung SSD 970 EVO Plus 500GB");
  EXPECT_EQ(controller.serial, "S4EWNX0N123456");
  EXPECT_EQ(controller.total_bytes, 500'107'862'016U);
  EXPECT_TRUE(controller.security_commands);
  test::Answer list(4096);
  test::put_little(list, 0, 1, 4);
  test::put_little(list, 4, 3, 4);
  EXPECT_EQ(parse_nvme_namespaces(list).value(), (std::vector<std::uint32_t>{1, 3}));
  test::put_little(list, 8, 2, 4);
  EXPECT_FALSE(parse_nvme_namespaces(list));
  const auto health = parse_nvme_health(test::nvme_health()).value();
  EXPECT_EQ(health.critical_warning, 4U);
  EXPECT_EQ(health.temperature_kelvin, 312U);
  EXPECT_EQ(health.media_errors, 3U);
  EXPECT_EQ(health.power_on_hours, 4321U);
}

TEST(Opal, TellsLockedFromShadowedFromUnused) {
  const auto unused = parse_opal_discovery(test::opal_discovery(0x09)).value();
  EXPECT_EQ(unused.kind, "Opal 2.0");
  EXPECT_TRUE(unused.locking_supported && unused.media_encryption);
  EXPECT_FALSE(unused.locking_enabled || unused.locked || unused.mbr_shadow);
  EXPECT_TRUE(parse_opal_discovery(test::opal_discovery(0x0F)).value().locked);
  EXPECT_TRUE(parse_opal_discovery(test::opal_discovery(0x1B)).value().mbr_shadow);
  EXPECT_FALSE(parse_opal_discovery(test::opal_discovery(0x3B)).value().mbr_shadow) << "done for this power cycle";
  EXPECT_EQ(parse_opal_discovery(test::opal_discovery(0x09, 0x0303)).value().kind, "Pyrite");
}

TEST(Opal, RefusesFeaturesThatRunOverTheEnd) {
  auto answer = test::opal_discovery(0x0F);
  answer[51] = std::byte{0xFF};
  EXPECT_FALSE(parse_opal_discovery(answer));
  const auto whole = test::opal_discovery(0x0F);
  EXPECT_FALSE(parse_opal_discovery(std::span(whole).first(60)));
}

TEST(DiskQuestions, AreNoneOfAPlainDisk) {
  const DeviceAnswers answers{.ata_identify = test::ata_identify(), .dco_identify = test::dco_identify(kSectors - 1),
                              .smart_data = test::smart_data(), .native_max_sense = test::ata_sense(kSectors - 1),
                              .smart_status_sense = test::ata_sense(0xC24F00), .opal_discovery = test::opal_discovery(0x09)};
  const auto facts = facts_of(answers);
  EXPECT_TRUE(facts.notes.empty());
  EXPECT_EQ(facts.native_sectors, kSectors);
  EXPECT_EQ(facts.smart_failing, false);
  EXPECT_TRUE(questions_of(facts, disk_of(kSectors)).empty());
  EXPECT_TRUE(questions_of(facts_of({}), disk_of(8)).empty()) << "a disk that answers nothing";
}

TEST(DiskQuestions, NameEachHiddenAreaByWhatHidesItAndItsSize) {
  const DeviceAnswers answers{.ata_identify = test::ata_identify(kSectors - 4000), .dco_identify = test::dco_identify(kSectors - 1),
                              .native_max_sense = test::ata_sense(kSectors - 1001)};
  const auto questions = questions_of(facts_of(answers), disk_of(kSectors - 4010));
  ASSERT_EQ(questions.size(), 3U);
  EXPECT_NE(questions[0].text.find("3000 sectors (1536000 bytes)"), std::string::npos) << questions[0].text;
  EXPECT_NE(questions[0].text.find("Host Protected Area"), std::string::npos);
  EXPECT_NE(questions[1].text.find("1000 sectors"), std::string::npos) << questions[1].text;
  EXPECT_NE(questions[1].text.find("Device Configuration Overlay"), std::string::npos);
  EXPECT_NE(questions[2].text.find("10 sectors"), std::string::npos) << questions[2].text;
  for (const auto& question : questions) EXPECT_EQ(question.kind, "hidden_area");
}

TEST(DiskQuestions, TellOfAnAreaThatTheKernelHasLifted) {
  const DeviceAnswers answers{.ata_identify = test::ata_identify(),
                              .lifted_area_lines = {"<4>[ 2.0] sda: p1 size 39999999 extends beyond EOD, enabling native capacity\x1b[2J"}};
  auto disk = disk_of(kSectors);
  const auto questions = questions_of(facts_of(answers), disk);
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_EQ(questions[0].kind, "lifted_area");
  EXPECT_NE(questions[0].text.find("enabling native capacity"), std::string::npos) << questions[0].text;
  EXPECT_NE(questions[0].text.find("at its end is hidden again later"), std::string::npos);
  EXPECT_EQ(questions[0].text.find('\x1b'), std::string::npos);
  disk.lasting_bytes = disk.size_bytes - 3000 * 512;
  const auto measured = questions_of(facts_of(answers), disk).at(0).text;
  EXPECT_NE(measured.find("3000 sectors (1536000 bytes) at the disk's end were hidden"), std::string::npos) << measured;
  EXPECT_NE(measured.find("ends before them"), std::string::npos);
}

TEST(DiskQuestions, AskAboutEveryLock) {
  const auto kinds = [](const DeviceAnswers& answers) {
    std::vector<std::string> found;
    for (const auto& question : questions_of(facts_of(answers), disk_of(kSectors))) found.push_back(question.kind);
    return found;
  };
  const std::vector<std::string> locked{"locked"};
  EXPECT_EQ(kinds({.ata_identify = test::ata_identify(kSectors, 0x0027)}), locked);
  EXPECT_EQ(kinds({.opal_discovery = test::opal_discovery(0x0F)}), locked);
  EXPECT_EQ(kinds({.opal_discovery = test::opal_discovery(0x1B)}), locked);
  EXPECT_TRUE(kinds({.opal_discovery = test::opal_discovery(0x0B)}).empty()) << "taken into use, and open";
}

TEST(DeviceFacts, NoteAnAnswerThatMakesNoSenseAndGoOn) {
  DeviceAnswers answers{.ata_identify = test::ata_identify(), .smart_data = test::Answer(17)};
  const auto facts = facts_of(answers);
  EXPECT_TRUE(facts.ata);
  EXPECT_EQ(facts.notes.size(), 1U);
}

}  // namespace
}  // namespace resus::hw
