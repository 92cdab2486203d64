#include "hw/linux/processes.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

using std::chrono::milliseconds;

Command shell(const std::string& script) { return {.argv = {"/bin/sh", "-c", script}}; }

TEST(LinuxProcesses, GivesOutputErrorsAndExitStatus) {
  const auto output = LinuxProcesses().run(shell("echo out; echo err >&2; exit 3")).value();
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
  EXPECT_EQ(output.exit_status, 3);
}

TEST(LinuxProcesses, FeedsInputLargerThanAPipe) {
  Command command{.argv = {"/bin/cat"}};
  command.input.assign(300'000, 'x');
  EXPECT_EQ(LinuxProcesses().run(command).value().out, command.input);
}

TEST(LinuxProcesses, ReportsASignalAs128AndItsNumber) {
  EXPECT_EQ(LinuxProcesses().run(shell("kill -TERM $$")).value().exit_status, 128 + SIGTERM);
}

TEST(LinuxProcesses, RefusesWhatCannotBeStarted) {
  EXPECT_EQ(LinuxProcesses().run({.argv = {"/no/such/program"}}).error().code, Code::kProcess);
  EXPECT_EQ(LinuxProcesses().run({.argv = {"sh"}}).error().code, Code::kProcess);
}

TEST(LinuxProcesses, KillsWhatTakesTooLong) {
  Command command = shell("exec sleep 600");
  command.timeout = milliseconds(50);
  EXPECT_EQ(LinuxProcesses().run(command).error().code, Code::kProcess);
}

TEST(LinuxProcesses, RefusesAnAnswerThatIsTooLong) {
  Command command = shell("exec cat /dev/zero");
  command.max_output_bytes = 100'000;
  EXPECT_EQ(LinuxProcesses().run(command).error().code, Code::kProcess);
}

TEST(LinuxProcesses, HandsOnWhatIsPrintedAsItComesHoweverMuch) {
  Command command = shell("head -c 5000000 /dev/zero; echo late >&2");
  command.max_output_bytes = 100;
  std::size_t bytes = 0;
  command.on_output = [&](std::string_view piece) { bytes += piece.size(); };
  const auto output = LinuxProcesses().run(command).value();
  EXPECT_EQ(bytes, 5'000'000u);
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.err, "late\n");
}

TEST(LinuxProcesses, DoesNotWaitForGrandchildrenThatKeepTheOutputOpen) {
  const auto output = LinuxProcesses().run(shell("sleep 600 & echo $!")).value();
  EXPECT_EQ(::kill(std::stoi(output.out), SIGKILL), 0);
}

TEST(LinuxProcesses, HandsOnNoneOfOurDescriptorsOrVariables) {
  const auto output = LinuxProcesses().run(shell("ls /proc/self/fd | wc -l; echo $HOME")).value();
  EXPECT_EQ(output.out, "4\n\n");  // 0, 1, 2 and the folder that ls reads
}

TEST(LinuxProcesses, StartsLeavesRunningAndStops) {
  const test::TemporaryDirectory directory;
  LinuxProcesses processes;
  const int pid = processes.start({"/bin/sh", "-c", "echo started; exec sleep 600"}, directory.file("log")).value();
  EXPECT_TRUE(processes.alive(pid));
  processes.stop(pid, milliseconds(5000));
  EXPECT_FALSE(processes.alive(pid));
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(LinuxProcesses, KillsWhatIgnoresTheRequestToEnd) {
  const test::TemporaryDirectory directory;
  LinuxProcesses processes;
  const std::string script = "trap '' TERM; : > " + directory.file("ready") + "; while :; do read line < " +
                             directory.file("never") + "; done";
  ASSERT_EQ(::mkfifo(directory.file("never").c_str(), 0600), 0);
  const int pid = processes.start({"/bin/sh", "-c", script}, directory.file("log")).value();
  while (!std::filesystem::exists(directory.file("ready"))) ASSERT_TRUE(processes.alive(pid));
  processes.stop(pid, milliseconds(50));
  EXPECT_FALSE(processes.alive(pid));
}

TEST(LinuxProcesses, SeesThatAStartedProgramHasEnded) {
  const test::TemporaryDirectory directory;
  LinuxProcesses processes;
  const int pid = processes.start({"/bin/sh", "-c", "echo done"}, directory.file("log")).value();
  while (processes.alive(pid)) {
  }
  std::ifstream log(directory.file("log"));
  std::string line;
  std::getline(log, line);
  EXPECT_EQ(line, "done");
}

TEST(LinuxProcesses, EndsALeftoverOnlyIfItStillIsTheSameCommand) {
  const test::TemporaryDirectory directory;
  LinuxProcesses earlier, processes;
  const std::vector<std::string> command{"/bin/sleep", "600"};
  const int pid = earlier.start(command, directory.file("log")).value();
  EXPECT_FALSE(processes.end_leftover(pid, {"/bin/sleep", "60"}, milliseconds(5000)));
  EXPECT_FALSE(processes.end_leftover(pid, {"/bin/sleep", "600", "600"}, milliseconds(5000)));
  EXPECT_TRUE(earlier.alive(pid));
  EXPECT_TRUE(processes.end_leftover(pid, command, milliseconds(5000)));
  EXPECT_FALSE(earlier.alive(pid));
  EXPECT_FALSE(processes.end_leftover(pid, command, milliseconds(5000)));
}

TEST(LinuxProcesses, EndsWhatItStartedWhenItGoes) {
  const test::TemporaryDirectory directory;
  int pid = 0;
  {
    LinuxProcesses processes;
    pid = processes.start({"/bin/sleep", "600"}, directory.file("log")).value();
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));
}

}  // namespace
}  // namespace resus::hw
