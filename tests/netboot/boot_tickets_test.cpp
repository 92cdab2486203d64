#include "netboot/boot_tickets.hpp"

#include <gtest/gtest.h>

#include "netboot/boot_policy.hpp"

namespace resus::netboot {
namespace {

using namespace std::chrono_literals;

constexpr hw::UtcTime kNow{std::chrono::hours{1'000'000}};
const std::string kMac = "52:54:00:12:34:56";

TEST(BootTickets, AreGoodForOneEnrolment) {
  BootTickets tickets;
  const auto ticket = tickets.issue(kMac, kNow);
  EXPECT_EQ(tickets.redeem(ticket, kNow + 1min).value(), kMac);
  EXPECT_FALSE(tickets.redeem(ticket, kNow + 1min));
  EXPECT_FALSE(tickets.redeem("", kNow + 1min));
}

TEST(BootTickets, EndWhenTheMachineBootsAgain) {
  BootTickets tickets;
  const auto first = tickets.issue(kMac, kNow);
  const auto second = tickets.issue(kMac, kNow + 1s);
  EXPECT_NE(first, second);
  EXPECT_FALSE(tickets.redeem(first, kNow + 2s));
  EXPECT_TRUE(tickets.redeem(second, kNow + 2s));
  EXPECT_EQ(tickets.last_issued(kMac), kNow + 1s);
}

TEST(BootTickets, GrowOld) {
  BootTickets tickets;
  const auto ticket = tickets.issue(kMac, kNow);
  EXPECT_FALSE(tickets.redeem(ticket, kNow + BootTickets::kLifetime + 1ms));
}

TEST(BootTickets, ForgetTheOldestMachineWhenThereAreTooMany) {
  BootTickets tickets;
  for (std::size_t i = 0; i <= BootTickets::kMost; ++i) {
    (void)tickets.issue("mac " + std::to_string(i), kNow + std::chrono::milliseconds(i));
  }
  EXPECT_FALSE(tickets.last_issued("mac 0"));
  EXPECT_TRUE(tickets.last_issued("mac 1"));
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
