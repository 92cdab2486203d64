#include "web/depot/config.hpp"

#include <gtest/gtest.h>

namespace resus::depot {
namespace {

std::string refusal(std::string_view toml) {
  Config config;
  const auto applied = apply_toml(config, toml, "resus.toml");
  return applied ? std::string() : applied.error().context;
}

TEST(DepotConfig, TakesEveryTable) {
  Config config;
  ASSERT_TRUE(apply_toml(config, "[dhcp]\nmode = \"proxy\"\n[plan]\nimage = \"ward\"\nauto_approve = true\n[ports]\nhttp = 0\n", "f"));
  EXPECT_EQ(config.dhcp, DhcpChoice::kProxy);
  EXPECT_EQ(config.plan.image, "ward");
  EXPECT_TRUE(config.plan.auto_approve);
  EXPECT_EQ(config.http_port, 0);
}

TEST(DepotConfig, NamesFileLineAndWhatIsAllowed) {
  EXPECT_EQ(refusal("[ports]\n\nhtpp = 80\n"), "resus.toml:3: unknown key 'htpp' in [ports]; allowed: agent, http, https");
  EXPECT_EQ(refusal("[ports]\nhttp = 70000\n"), "resus.toml:2: ports.http has a wrong value; allowed: a number from 0 to 65535");
  EXPECT_EQ(refusal("[dhcp]\nmode = \"on\"\n"), "resus.toml:2: dhcp.mode has a wrong value; allowed: \"full\", \"proxy\" or \"off\"");
  EXPECT_TRUE(refusal("[port]\n").starts_with("resus.toml:1: unknown table 'port'; allowed: boot, depot"));
}

TEST(DepotConfig, RefusesTomlThatDoesNotParse) {
  EXPECT_TRUE(refusal("[ports\n").starts_with("resus.toml:1: "));
  EXPECT_TRUE(refusal("[ports]\nhttp = 80\nthemeśark = 1\n").starts_with("resus.toml:3: letters beyond a-z"));
  EXPECT_TRUE(refusal("[ports]\nhttp = 80\n[/plan]\nimage = \"x\"\n").starts_with("resus.toml:3: a name must begin"));
}

TEST(DepotConfig, NamesTheFileWhenKeysDoNotFitEachOther) {
  EXPECT_TRUE(refusal("[ports]\nhttp = 443\n").starts_with("resus.toml: ports: "));
  EXPECT_TRUE(refusal("[dhcp]\nrange_first = \"10.0.0.9\"\n").starts_with("resus.toml: dhcp: "));
}

}  // namespace
}  // namespace resus::depot
