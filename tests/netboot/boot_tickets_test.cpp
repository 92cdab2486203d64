#include "netboot/boot_tickets.hpp"

#include <gtest/gtest.h>

#include "netboot/boot_policy.hpp"

namespace resus::netboot {
namespace {

using namespace std::chrono_literals;

constexpr hw::UtcTime kNow{std::chrono::hours{1'000'000}};
const std::string kMac = "52:54:00:12:34:56";

TEST(BootTickets, SayForWhomAndWhenTheyWereIssued) {
  const BootTickets tickets("key");
  const auto said = tickets.check(tickets.issue(kMac, kNow), kNow + 1min).value();
  EXPECT_EQ(said.mac, kMac);
  EXPECT_EQ(said.issued_at, kNow);
}

TEST(BootTickets, OutliveARestartOfTheDepot) {
  const auto ticket = BootTickets("key").issue(kMac, kNow);
  EXPECT_TRUE(BootTickets("key").check(ticket, kNow + 1min));
}

TEST(BootTickets, OfAnotherDepotAreUnknown) {
  const auto ticket = BootTickets("another key").issue(kMac, kNow);
  EXPECT_FALSE(BootTickets("key").check(ticket, kNow));
}

TEST(BootTickets, WithOneDigitChangedAreUnknown) {
  const BootTickets tickets("key");
  const auto ticket = tickets.issue(kMac, kNow);
  for (std::size_t i = 0; i < ticket.size(); ++i) {
    auto changed = ticket;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tickets.check(changed, kNow)) << "digit " << i;
  }
  EXPECT_FALSE(tickets.check("", kNow));
  EXPECT_FALSE(tickets.check(ticket + "0", kNow));
}

TEST(BootTickets, GrowOld) {
  const BootTickets tickets("key");
  const auto ticket = tickets.issue(kMac, kNow);
  EXPECT_TRUE(tickets.check(ticket, kNow + BootTickets::kLifetime));
  EXPECT_FALSE(tickets.check(ticket, kNow + BootTickets::kLifetime + 1ms));
  EXPECT_TRUE(tickets.check(ticket, kNow - 1s)) << "a clock that was set back a little";
  EXPECT_FALSE(tickets.check(ticket, kNow - BootTickets::kLifetime - 1ms));
}

TEST(CanonicalMac, TakesHyphensUpperCaseAndBootif) {
  EXPECT_EQ(canonical_mac("52-54-00-AB-CD-EF").value(), "52:54:00:ab:cd:ef");
  EXPECT_EQ(canonical_mac("01-52-54-00-ab-cd-ef").value(), "52:54:00:ab:cd:ef");
  EXPECT_FALSE(canonical_mac("52.54.00.ab.cd.ef"));
}

TEST(BootPolicy, BootsTheLocalDiskOnlyOfAKnownMachineThatIsLetGo) {
  EXPECT_EQ(choose_boot({}), BootChoice::kRecover);
  EXPECT_EQ(choose_boot({.known = false, .phase_boots_network = false, .released = true}), BootChoice::kRecover);
  EXPECT_EQ(choose_boot({.known = true}), BootChoice::kRecover);
  EXPECT_EQ(choose_boot({.known = true, .phase_boots_network = false}), BootChoice::kLocal);
  EXPECT_EQ(choose_boot({.known = true, .released = true}), BootChoice::kLocal);
}

}  // namespace
}  // namespace resus::netboot
