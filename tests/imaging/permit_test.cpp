#include "imaging/permit.hpp"

#include <gtest/gtest.h>

#include "tests/support/sample_permit.hpp"

namespace resus::imaging {
namespace {

hw::DiskIdentity terabyte_disk() {
  hw::DiskIdentity disk;
  disk.serial = "S-1";
  disk.size_bytes = 1ULL << 40;
  return disk;
}
const hw::DiskIdentity kDisk = terabyte_disk();

TEST(Permit, SurvivesItsJsonForm) {
  auto permit = test::sample_permit(kDisk);
  permit.waiver = Waiver{.actor = "K. Meier", .reason = "48 sectors lost, \"accepted\""};
  const auto again = permit_from_json(to_json(permit)).value();
  EXPECT_EQ(to_json(again), to_json(permit));
  EXPECT_EQ(again.waiver->reason, permit.waiver->reason);
  EXPECT_EQ(again.evidence_root, permit.evidence_root);
  EXPECT_EQ(again.disk_bytes, permit.disk_bytes);
}

TEST(Permit, WithAFieldTooManyOrTooFewIsRefused) {
  const auto json = to_json(test::sample_permit(kDisk));
  auto extra = json;
  extra.insert(1, "\"only_partition\":2,");
  EXPECT_EQ(permit_from_json(extra).error().code, hw::Code::kBadInput);
  auto fewer = json;
  fewer.replace(fewer.find("boot_id"), 7, "boot_xx");
  EXPECT_EQ(permit_from_json(fewer).error().code, hw::Code::kBadInput);
}

TEST(Permit, WithAFieldOfAnotherTypeIsRefused) {
  for (const auto* json : {"", "[]", "{}", "{\"v\":\"1\"}", "{\"v\":2}", "not json"}) {
    EXPECT_EQ(permit_from_json(json).error().code, hw::Code::kBadInput) << json;
  }
  auto json = to_json(test::sample_permit(kDisk));
  const auto size = std::to_string(kDisk.size_bytes);
  json.replace(json.find(size), size.size(), "-1");
  EXPECT_EQ(permit_from_json(json).error().code, hw::Code::kBadInput);
}

}  // namespace
}  // namespace resus::imaging
