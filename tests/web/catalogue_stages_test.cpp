// The history that times are foretold from outlives the depot.
#include <gtest/gtest.h>

#include "tests/support/temporary_directory.hpp"
#include "web/depot/catalogue.hpp"

namespace resus::depot {
namespace {

FinishedStage row(std::int64_t finished_at_ms) {
  return {.machine_id = "m-ABC234", .attempt = 2, .phase = imaging::Phase::kImaging, .worked_ms = 61'000, .bytes = 5'000'000'000,
          .likeness = {.size_class = 39, .model = "Dell Inc. OptiPlex", .link_mbit = 1000, .content = "img-1"}, .finished_at_ms = finished_at_ms};
}

TEST(FinishedStages, AreThereAfterTheCatalogueIsOpenedAgain) {
  const test::TemporaryDirectory folder;
  MachineRecord record;
  record.id = "m-ABC234";
  ASSERT_TRUE(open_sqlite_catalogue(folder.path() + "/c.db").value()->save(record, {}, {row(1), row(2)}));
  EXPECT_EQ(open_sqlite_catalogue(folder.path() + "/c.db").value()->finished_stages(10).value(), (std::vector{row(1), row(2)}));
}

TEST(FinishedStages, AreTheLatestOnesOldestFirst) {
  const test::TemporaryDirectory folder;
  const auto catalogue = open_sqlite_catalogue(folder.path() + "/c.db").value();
  MachineRecord record;
  record.id = "m-ABC234";
  ASSERT_TRUE(catalogue->save(record, {}, {row(1), row(2), row(3)}));
  EXPECT_EQ(catalogue->finished_stages(2).value(), (std::vector{row(2), row(3)}));
}

}  // namespace
}  // namespace resus::depot
