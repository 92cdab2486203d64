#include "web/analysis/sleuthkit.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_processes.hpp"

namespace resus::analysis {
namespace {

struct Case {
  test::FakeProcesses processes;
  std::stop_source stop;
  Sleuthkit sleuthkit{processes, {.folder = "/somewhere/evidence", .memory_bytes = 7}, stop.get_token()};
};

TEST(Sleuthkit, RunsEveryToolConfinedAndStoppable) {
  Case one;
  one.processes.record({"/usr/bin/tsk_loaddb"}, {});
  one.processes.record({"/usr/bin/fsstat"}, {});
  one.processes.record({"/usr/bin/icat"}, {});
  one.processes.record({"/usr/bin/istat"}, {});
  EXPECT_EQ(one.sleuthkit.list_into("image.raw", "files.db").value(), "");
  EXPECT_TRUE(one.sleuthkit.statistics("image.raw"));
  EXPECT_TRUE(one.sleuthkit.content("image.raw", {.inode = 5, .attribute_type = 128, .attribute_id = 2}));
  EXPECT_TRUE(one.sleuthkit.link_target("image.raw", 6));
  ASSERT_EQ(one.processes.confinements.size(), one.processes.commands.size());
  for (const auto& walls : one.processes.confinements) EXPECT_EQ(walls.folder, "/somewhere/evidence");
  one.stop.request_stop();
  for (const auto& command : one.processes.commands) EXPECT_TRUE(command.stop.stop_requested()) << command.argv[0];
  EXPECT_EQ(one.processes.commands[2].argv, (std::vector<std::string>{"/usr/bin/icat", "image.raw", "5-128-2"}));
}

TEST(Sleuthkit, SaysWhyAFileSystemCannotBeReadWithoutControlCharacters) {
  Case one;
  one.processes.record({"/usr/bin/tsk_loaddb"}, {.exit_status = 1, .out = "", .err = "Possible encryption \x1b[2J\nmore"});
  EXPECT_EQ(one.sleuthkit.list_into("image.raw", "files.db").value(), "Possible encryption  [2J");
}

TEST(Sleuthkit, NamesTheToolThatIsNotThereOrCannotBeConfined) {
  Case one;
  one.processes.record_failure({"/usr/bin/fsstat"}, hw::make_error(hw::Code::kProcess, "confine: user"));
  const auto failed = one.sleuthkit.statistics("image.raw");
  EXPECT_EQ(failed.error().code, hw::Code::kProcess);
  EXPECT_NE(failed.error().context.find("package sleuthkit"), std::string::npos);
  one.processes.record_failure({"/usr/bin/fsstat"}, hw::make_error(hw::Code::kCancelled, "stopped"));
  EXPECT_EQ(one.sleuthkit.statistics("image.raw").error().code, hw::Code::kCancelled) << "who stops it is not told of a broken tool";
}

}  // namespace
}  // namespace resus::analysis
