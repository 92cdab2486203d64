// A program behind walls: what it tries and must not reach. python3 plays the tool that was taken over.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>

#include "hw/linux/processes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

/// In a chroot the kernel gives none to an ordinary user.
bool gets_namespaces(unsigned user) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setgid(user) == 0 && ::setuid(user) == 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : 1);
  int status = 1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

/// A folder as web/analysis makes it: closed to others, and within it one that is open to all.
class Confined : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(work());
    std::filesystem::permissions(work(), std::filesystem::perms::all);
    write(outside_.file("signing.pem"), "the key");
    ::chmod(outside_.file("signing.pem").c_str(), 0666);  // no permission of the file's own is what keeps it
    ::chmod(outside_.path().c_str(), 0777);
  }
  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string work() const { return closed_.file("work"); }
  Confinement walls() const { return {.folder = work(), .memory_bytes = 512u << 20, .file_bytes = 1u << 20, .leave_free_bytes = 1}; }

  /// Prints what becomes of a line of Python: "done", or the name of the exception and its errno.
  Result<CommandOutput> attempt(const std::string& line, Confinement confinement) const {
    const std::string script = "import os, socket, sys\ntry:\n  " + line +
                               "\n  print('done')\nexcept BaseException as e:\n  print(type(e).__name__, getattr(e, 'errno', ''))\n";
    return LinuxProcesses().run_confined({.argv = {"/usr/bin/python3", "-I", "-S", "-c", script}}, confinement);
  }
  std::string outcome(const std::string& line) const {
    const auto output = attempt(line, walls());
    return output ? output.value().out + output.value().err : output.error().to_string();
  }

  test::TemporaryDirectory closed_, outside_;
};

TEST_F(Confined, WorksInItsFolder) {
  write(work() + "/in", "what is there");
  ::chmod((work() + "/in").c_str(), 0644);
  EXPECT_EQ(outcome("open('out', 'w').write(open('in').read()); os.rename('out', 'there'); os.truncate(os.open('there', os.O_RDWR), 4)"), "done\n");
  EXPECT_EQ(read(work() + "/there"), "what");
}

TEST_F(Confined, ReachesNoNetwork) {
  for (const char* family : {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"}) {
    EXPECT_EQ(outcome(std::string("socket.socket(socket.") + family + ", socket.SOCK_DGRAM)"), "PermissionError 1\n") << family;
  }
}

TEST_F(Confined, NeitherReadsNorWritesNorMakesAnythingOutside) {
  const auto key = outside_.file("signing.pem");
  for (const auto& line : {"open('" + key + "').read()", "open('" + key + "', 'a')", "os.truncate('" + key + "', 0)", "os.chmod('" + key + "', 0)",
                           "os.utime('" + key + "')", "os.remove('" + key + "')", "os.rename('" + key + "', 'mine')", "os.link('" + key + "', 'mine')",
                           "open('" + outside_.file("new") + "', 'w')", "os.listdir('" + outside_.path() + "')", std::string("open('/etc/passwd').read()"),
                           std::string("open('/proc/self/maps').read()"), std::string("os.open('/usr', os.O_TMPFILE | os.O_WRONLY)"), std::string("os.open('/', os.O_TMPFILE | os.O_WRONLY)"),
                           std::string("open('/dev/kmsg')"), "open('../../" + key + "')"}) {
    EXPECT_NE(outcome(line).find("Error"), std::string::npos) << line << ": " << outcome(line);
  }
  EXPECT_EQ(read(key), "the key");
  EXPECT_FALSE(std::filesystem::exists(outside_.file("new")));
  EXPECT_EQ(outcome("os.symlink('" + key + "', 'way'); open('way').read()").find("done"), std::string::npos);
}

TEST_F(Confined, StartsNoProcesses) {
  EXPECT_EQ(outcome("os.fork()"), "PermissionError 1\n");
  EXPECT_EQ(outcome("import threading; threading.Thread(target=print).start()"), "RuntimeError \n");
  EXPECT_EQ(outcome("os.kill(os.getppid(), 0)"), "PermissionError 1\n");
}

TEST_F(Confined, GainsNoPrivileges) {
  EXPECT_EQ(outcome("os.setuid(0 if os.geteuid() else 1)"), "PermissionError 1\n");
  EXPECT_EQ(outcome("os.chroot('.')"), "PermissionError 1\n");
}

TEST_F(Confined, IsAnotherUserThanRoot) {
  EXPECT_EQ(outcome("sys.exit('is root') if os.geteuid() == 0 else None"), "done\n");
}

TEST_F(Confined, GetsNoMoreMemoryThanItMayHave) { EXPECT_EQ(outcome("bytearray(600 << 20)"), "MemoryError \n"); }

TEST_F(Confined, WritesNoFileLongerThanItMay) {
  const auto output = attempt("open('long', 'wb').write(bytes(2 << 20))", walls());
  EXPECT_NE(output.value().out, "done\n");
  EXPECT_LE(std::filesystem::file_size(work() + "/long"), 1u << 20);
}

TEST_F(Confined, LeavesTheFileSystemTheSpaceItMustLeave) {
  auto narrow = walls();
  narrow.leave_free_bytes = ~0ull;
  EXPECT_EQ(attempt("sys.stdin.read()", narrow).error().code, Code::kSpace);
}

TEST_F(Confined, IsKilledAfterItsTimeAndWhenSomebodyAsks) {
  Command command{.argv = {"/bin/sh", "-c", "while :; do :; done"}, .timeout = std::chrono::milliseconds(50)};
  EXPECT_EQ(LinuxProcesses().run_confined(command, walls()).error().code, Code::kProcess);
  std::stop_source stop;
  command.timeout = std::chrono::hours(1);
  command.argv[2] = "echo ready; while :; do :; done";
  command.on_output = [&](std::string_view) { stop.request_stop(); };
  command.stop = stop.get_token();
  EXPECT_EQ(LinuxProcesses().run_confined(command, walls()).error().code, Code::kCancelled);
}

TEST_F(Confined, MayPrintOnlySoMuch) {
  Command command{.argv = {"/bin/sh", "-c", "while :; do echo more and more; done"}, .max_output_bytes = 100'000};
  EXPECT_EQ(LinuxProcesses().run_confined(command, walls()).error().code, Code::kProcess);
}

TEST_F(Confined, HasNoneOfOurDescriptors) {
  EXPECT_EQ(outcome("[os.fstat(fd) for fd in range(3)]; [sys.exit('open: %d' % fd) for fd in range(3, 64) if os.path.exists(fd)]"), "done\n");
}

TEST_F(Confined, DoesNotStartWithoutItsFolder) {
  auto nowhere = walls();
  nowhere.folder = work() + "/not-there";
  EXPECT_EQ(attempt("1", nowhere).error().code, Code::kProcess);
}

/// A kernel that does not grant these calls.
void refuse(std::initializer_list<long> calls) {
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long call : calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) ::_exit(9);
}

class ConfinedBy : public Confined {
 protected:
  /// As `user`, on such a kernel: 0, or the number of what was not as it must be.
  int tried(unsigned user, std::initializer_list<long> refused) {
    for (const auto& path : {closed_.path(), work(), outside_.path(), outside_.file("signing.pem")}) EXPECT_EQ(::chown(path.c_str(), user, user), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      // Changing the user makes /proc/self root's, as it is for no program that a user starts.
      if (user != 0 && (::setgid(user) != 0 || ::setuid(user) != 0 || ::prctl(PR_SET_DUMPABLE, 1) != 0)) ::_exit(10);
      refuse(refused);
      ::_exit(first_hole());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(read(outside_.file("signing.pem")), "the key");
    return WEXITSTATUS(status);
  }

 private:
  int first_hole() const {
    const auto key = outside_.file("signing.pem");
    const auto refused = [&](const std::string& line) { return outcome(line).find("Error") != std::string::npos; };
    if (outcome("open('mine', 'w').write('x')") != "done\n") return 11;
    if (outcome("socket.socket()") != "PermissionError 1\n") return 12;
    if (!refused("open('" + key + "')") || !refused("open('" + key + "', 'a')") || !refused("open('" + outside_.file("new") + "', 'w')")) return 13;
    if (!refused("os.chmod('" + key + "', 0)") || !refused("os.truncate('" + key + "', 0)") || !refused("os.remove('" + key + "')")) return 14;
    if (outcome("os.fork()") != "PermissionError 1\n") return 15;
    return 0;
  }
};
constexpr unsigned kOrdinaryUser = 12345;
constexpr int kNotStarted = 11;  ///< of ConfinedBy::tried()

TEST_F(ConfinedBy, BothWallsForAnOrdinaryUserToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "the other tests are this one";
  EXPECT_EQ(tried(kOrdinaryUser, {}), 0);
}

TEST_F(ConfinedBy, LandlockAloneWhereNamespacesAreNotGranted) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(tried(0, {SYS_unshare}), 0);
  EXPECT_EQ(tried(kOrdinaryUser, {SYS_unshare}), 0);
}

TEST_F(ConfinedBy, ARootOfItsOwnAloneWhereThereIsNoLandlock) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(tried(0, {SYS_landlock_create_ruleset}), 0);
  EXPECT_EQ(tried(kOrdinaryUser, {SYS_landlock_create_ruleset}), gets_namespaces(kOrdinaryUser) ? 0 : kNotStarted);
}

TEST_F(ConfinedBy, NeitherIsNotEnoughToStart) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(tried(0, {SYS_unshare, SYS_landlock_create_ruleset}), kNotStarted);
  EXPECT_EQ(tried(kOrdinaryUser, {SYS_unshare, SYS_landlock_create_ruleset}), kNotStarted);
}

}  // namespace
}  // namespace resus::hw
