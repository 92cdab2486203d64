#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netboot/dnsmasq_config.hpp"
#include "netboot/dnsmasq_supervisor.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::netboot {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

DnsmasqSettings settings() {
  return {.interface = "br0", .address = "10.77.0.1", .range_first = "10.77.0.100", .range_last = "10.77.0.199",
          .http_port = 8080, .tftp_root = "/srv/ipxe", .lease_file = "/var/lib/resus/leases"};
}

TEST(DnsmasqConfig, GivesAddressesAndBootsEveryFirmware) {
  const auto text = dnsmasq_config(settings()).value();
  EXPECT_THAT(text, HasSubstr("dhcp-range=10.77.0.100,10.77.0.199,255.255.255.0,"));
  EXPECT_THAT(text, HasSubstr("dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe,,10.77.0.1\n"));
  EXPECT_THAT(text, HasSubstr("dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi,,10.77.0.1\n"));
  EXPECT_THAT(text, HasSubstr("dhcp-boot=tag:ipxe,http://10.77.0.1:8080/boot.ipxe\n"));
}

TEST(DnsmasqConfig, GivesNoAddressBesideAForeignServer) {
  auto proxy = settings();
  proxy.mode = DhcpMode::kProxy;
  proxy.range_first = proxy.range_last = "";
  const auto text = dnsmasq_config(proxy).value();
  EXPECT_THAT(text, HasSubstr("dhcp-range=10.77.0.0,proxy,255.255.255.0\n"));
  EXPECT_THAT(text, HasSubstr("pxe-service=tag:ipxe,X86PC,\"Resus depot\",http://10.77.0.1:8080/boot.ipxe\n"));
  EXPECT_THAT(text, Not(HasSubstr("dhcp-authoritative")));
  EXPECT_THAT(text, Not(HasSubstr("encap:175")));
}

TEST(DnsmasqConfig, RefusesWhatWouldNotWork) {
  const auto refused = [](auto change) {
    auto wrong = settings();
    change(wrong);
    const auto text = dnsmasq_config(wrong);
    return !text && text.error().code == hw::Code::kUsage;
  };
  EXPECT_TRUE(refused([](auto& s) { s.range_last = "10.78.0.5"; }));
  EXPECT_TRUE(refused([](auto& s) { s.range_first = "10.77.0.1"; }));
  EXPECT_TRUE(refused([](auto& s) { s.range_first = "10.77.0.200"; }));
  EXPECT_TRUE(refused([](auto& s) { s.address = "10.77.0.256"; }));
  EXPECT_TRUE(refused([](auto& s) { s.address = "10.77.0"; }));
  EXPECT_TRUE(refused([](auto& s) { s.interface = "br0\nuser=root"; }));
  EXPECT_TRUE(refused([](auto& s) { s.tftp_root = "/srv\nuser=root"; }));
  EXPECT_TRUE(refused([](auto& s) { s.prefix_bits = 33; }));
  EXPECT_TRUE(refused([](auto& s) { s.http_port = 0; }));
}

TEST(RestartPolicy, WaitsLongerAfterEachQuickDeathAndNeverGivesUp) {
  RestartPolicy policy;
  RestartPolicy::Time now{};
  std::vector<std::chrono::seconds> pauses;
  for (int death = 0; death < 8; ++death) {
    policy.started(now);
    policy.ended(now);
    std::chrono::seconds pause{0};
    while (!policy.should_start(now + pause)) pause += 1s;
    pauses.push_back(pause);
    now += pause;
  }
  EXPECT_THAT(pauses, ::testing::ElementsAre(1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s));
  EXPECT_EQ(policy.state(), NetbootState::kFailed);
}

TEST(RestartPolicy, ForgivesAfterASteadyRun) {
  RestartPolicy policy;
  RestartPolicy::Time now{};
  for (int death = 0; death < RestartPolicy::kFailedAfter; ++death) {
    policy.started(now);
    policy.ended(now);
  }
  policy.started(now);
  EXPECT_EQ(policy.state(), NetbootState::kRunning);
  policy.ended(now + RestartPolicy::kSteady);
  EXPECT_EQ(policy.state(), NetbootState::kRestarting);
  EXPECT_TRUE(policy.should_start(now + RestartPolicy::kSteady + 1s));
}

struct Supervisor : ::testing::Test {
  Supervisor() { EXPECT_TRUE(files.make_directories("/run/depot")); }
  test::FakeProcesses processes;
  test::MemoryFileSystem files;
  DnsmasqSupervisor supervisor{processes, files, "/usr/sbin/dnsmasq", "/run/depot"};
  RestartPolicy::Time now{};
};

TEST_F(Supervisor, StartsNothingBeforeItIsConfigured) {
  supervisor.tick(now);
  EXPECT_EQ(supervisor.health().state, NetbootState::kOff);
  EXPECT_TRUE(processes.started.empty());
}

TEST_F(Supervisor, RestartsDnsmasqAndShowsItsLastWords) {
  ASSERT_TRUE(supervisor.configure("port=0\n"));
  supervisor.tick(now);
  EXPECT_EQ(supervisor.health().state, NetbootState::kRunning);
  ASSERT_TRUE(files.replace("/run/depot/dnsmasq.log", "started\nunknown interface br9\n"));
  processes.die(1000);
  supervisor.tick(now);
  EXPECT_EQ(supervisor.health().state, NetbootState::kRestarting);
  EXPECT_THAT(supervisor.health().detail, HasSubstr("unknown interface br9"));
  supervisor.tick(now + 1s);
  EXPECT_EQ(supervisor.health().state, NetbootState::kRunning);
  EXPECT_EQ(processes.started.size(), 2U);
}

TEST_F(Supervisor, ShowsTheEndOfALogOfAnyLengthAndNothingATerminalObeys) {
  ASSERT_TRUE(supervisor.configure("port=0\n"));
  supervisor.tick(now);
  const std::string log = std::string(20 << 20, 'x') + "\nDHCPREQUEST from ws\033[2J\x07 failed\n";
  ASSERT_TRUE(files.replace("/run/depot/dnsmasq.log", log));
  processes.die(1000);
  supervisor.tick(now);
  EXPECT_THAT(supervisor.health().detail, testing::EndsWith(": DHCPREQUEST from ws [2J  failed"));
}

TEST_F(Supervisor, CountsAProgramThatDoesNotStartAsADeath) {
  processes.refuse_start = true;
  ASSERT_TRUE(supervisor.configure("port=0\n"));
  for (int i = 0; i < RestartPolicy::kFailedAfter; ++i) supervisor.tick(now += 60s);
  EXPECT_EQ(supervisor.health().state, NetbootState::kFailed);
}

TEST_F(Supervisor, EndsDnsmasqWithItself) {
  {
    DnsmasqSupervisor other(processes, files, "/usr/sbin/dnsmasq", "/run/depot");
    ASSERT_TRUE(other.configure("port=0\n"));
    other.tick(now);
    EXPECT_EQ(processes.running(), 1U);
  }
  EXPECT_EQ(processes.running(), 0U);
}

TEST_F(Supervisor, EndsWhatAKilledDepotLeftRunningAndNobodyElse) {
  ASSERT_TRUE(supervisor.configure("port=0\n"));
  supervisor.tick(now);
  for (const auto& command : {processes.started.at(0), std::vector<std::string>{"/usr/bin/ward-app"}}) {
    processes.leftovers = {{1000, command}};
    DnsmasqSupervisor next(processes, files, "/usr/sbin/dnsmasq", "/run/depot");
    ASSERT_TRUE(next.configure("port=0\n"));
    EXPECT_EQ(processes.leftovers.empty(), command == processes.started.at(0));
  }
}

}  // namespace
}  // namespace resus::netboot
