#include "web/messages/firmware_json.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "web/messages/codec.hpp"

namespace resus::messages {
namespace {

TEST(FirmwareJson, KeepsSmallValuesAndTheHashOfLargeOnes) {
  hw::FirmwareState state;
  state.variables = {{.name = "Small", .vendor = "v", .attributes = 7, .value = std::string("\0\1", 2)},
                     {.name = "dbx", .vendor = "v", .attributes = 7, .value = std::string(5000, 'x')}};
  state.tpm_log = "abc";
  const auto object = firmware_object(state);
  const auto& variables = object.at("variables").as_array();
  EXPECT_EQ(variables.at(0).at("value"), "AAE=");
  EXPECT_EQ(variables.at(1).at("bytes"), 5000);
  EXPECT_FALSE(variables.at(1).as_object().contains("value"));
  EXPECT_EQ(object.at("tpm_log").at("sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") << "FIPS 180-2, B.1";
  EXPECT_EQ(object.at("tpm_log").at("log"), "YWJj");
  EXPECT_FALSE(object.contains("notes"));
}

TEST(FirmwareJson, OfALotOfFirmwareStaysFarBelowTheLargestMessage) {
  hw::FirmwareState state;
  for (int i = 0; i < 1000; ++i) state.variables.push_back({.name = std::string(200, 'n'), .vendor = std::string(36, 'v'), .attributes = 7, .value = std::string(1024, 'x')});
  state.tpm_log = std::string(128 << 10, 'l');
  EXPECT_LT(boost::json::serialize(firmware_object(state)).size(), kMaxMessageBytes * 9 / 10);
  state.tpm_log += "more";
  EXPECT_FALSE(firmware_object(state).at("tpm_log").as_object().contains("log"));
}

TEST(FirmwareJson, OfAMachineThatSaysNothingIsEmpty) { EXPECT_TRUE(firmware_object({}).empty()); }

TEST(FirmwareJson, NamesThatAreNoTextDoNotBreakTheMessage) {
  hw::FirmwareState state;
  state.variables = {{.name = "a\xff\n", .vendor = "v", .attributes = 0, .value = {}}};
  EXPECT_EQ(firmware_object(state).at("variables").at(0).at("name"), "a? ");
}

}  // namespace
}  // namespace resus::messages
