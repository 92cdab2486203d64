// A disk whose Host Protected Area is lifted until the next power cycle: what the plan says of it, and what the depot remembers.
#include <gtest/gtest.h>

#include "web/depot/config.hpp"
#include "web/depot/machine_rules.hpp"

namespace resus::depot {
namespace {

constexpr std::uint64_t kNow = 1000, kLasting = 900;  // bytes

/// First contact of a boot; `lasting_bytes` as its kernel knows it.
AgentFacts boot(const std::string& key, std::uint64_t size_bytes, std::uint64_t lasting_bytes) {
  AgentFacts facts{.agent = {.key = key, .boot_id = "b-" + key}, .now_ms = 1000};
  facts.identity.smbios.uuid = "u";
  facts.disks = {{.path = "/dev/sda", .serial = "S", .size_bytes = size_bytes, .lasting_bytes = lasting_bytes}};
  return facts;
}

/// With an image of so many bytes.
Result<std::string> approved(MachineRecord& r, std::uint64_t image_bytes) {
  return approve(r, {.check_code = false, .image_id = "img", .image_bytes = image_bytes, .now_ms = 5});
}

TEST(LiftedArea, NeedsAnImageThatFitsBeforeIt) {
  MachineRecord r;
  ASSERT_TRUE(enrol(r, boot("a", kNow, kLasting)));
  EXPECT_EQ(approved(r, kLasting + 1).error().code, hw::Code::kImageTooLarge);
  ASSERT_TRUE(approved(r, kLasting));
  EXPECT_EQ(lasting_bytes(r), kLasting);
}

TEST(LiftedArea, IsRememberedWhenTheKernelOfALaterBootHasNothingToTell) {
  MachineRecord r;
  ASSERT_TRUE(enrol(r, boot("a", kNow, kLasting)));
  ASSERT_TRUE(approved(r, kLasting));
  r.last_contact_ms = 1000;
  auto again = boot("b", kNow, 0);
  again.now_ms = 1000 + kQuietMs + 1;
  again.ticket_ms = 2000;
  ASSERT_TRUE(enrol(r, again));
  EXPECT_EQ(lasting_bytes(r), kLasting) << "after a restart without a power cycle";
  EXPECT_EQ(lasting_bytes(machine_from_json(to_json(r)).value()), kLasting) << "and one of the depot";
}

TEST(LiftedArea, IsNotTakenForThatOfADiskOfAnotherSize) {
  MachineRecord r;
  ASSERT_TRUE(enrol(r, boot("a", kNow, kLasting)));
  ASSERT_TRUE(enrol(r, boot("a", 2 * kNow, 0)));
  ASSERT_TRUE(approved(r, kNow));
  EXPECT_EQ(lasting_bytes(r), 0U);
}

TEST(LiftedArea, IsLiftedOnlyWhenThePlanSaysSo) {
  Config config;
  EXPECT_EQ(kernel_parameters(config), "");
  EXPECT_TRUE(decided_kinds(config.plan).empty());
  ASSERT_TRUE(apply_toml(config, "[plan]\nlift_hidden_areas = true\n", "f"));
  EXPECT_EQ(kernel_parameters(config), "libata.ignore_hpa=1");
  EXPECT_EQ(decided_kinds(config.plan), std::vector<std::string>{"lifted_area"}) << "what stays hidden, by a DCO for one, still asks";
  ASSERT_TRUE(apply_toml(config, "[boot]\nkernel_extra = \"quiet\"\n[plan]\nlift_hidden_areas = true\n", "f"));
  EXPECT_EQ(kernel_parameters(config), "quiet libata.ignore_hpa=1");
  ASSERT_TRUE(apply_toml(config, "[plan]\nlift_hidden_areas = false\ngo_on_with = [\"hidden_area\"]\n", "f"));
  EXPECT_EQ(decided_kinds(config.plan), (std::vector<std::string>{"hidden_area", "lifted_area"})) << "lifted by a kernel of its own accord";
}

}  // namespace
}  // namespace resus::depot
