#include "netboot/boot_service.hpp"

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.hpp"

namespace resus::netboot {
namespace {

using namespace std::chrono_literals;

constexpr hw::UtcTime kNow{std::chrono::hours{1'000'000}};

struct Service : ::testing::Test {
  Service() {
    for (const std::string name : {"/image/vmlinuz", "/image/initrd.img", "/ipxe/undionly.kpxe", "/ipxe/snponly.efi"}) {
      EXPECT_TRUE(files.make_directories(name.substr(0, name.rfind('/'))));
      EXPECT_TRUE(files.replace(name, "bytes of " + name));
    }
  }
  BootService make() {
    return {BootFiles::load(files, "/image", "/ipxe", {.agent_json = R"({"depot":"10.0.0.1"})"}).value(), tickets,
            [this](const BootClient& client) { asked = client; return facts; },
            [this](const BootClient&, BootChoice choice) { observed = choice; }};
  }
  BootAnswer script(const std::string& query) { return make().answer("/boot.ipxe", query, "10.0.0.9", kNow); }

  test::MemoryFileSystem files;
  BootTickets tickets{"key"};
  BootFacts facts;
  BootClient asked;
  std::optional<BootChoice> observed;
};

std::string ticket_in(const std::string& script) {
  const auto at = script.find("resus.ticket=");
  return at == std::string::npos ? "" : script.substr(at + 13, script.find_first_of(" \n", at) - at - 13);
}

TEST_F(Service, AsksAMachineWhoItIsFirst) {
  const auto answer = script("");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body->find("chain --replace boot.ipxe?mac="), std::string::npos);
  EXPECT_FALSE(observed);
}

TEST_F(Service, StartsTheAgentOnAnUnknownMachineWithATicketOfItsOwn) {
  const auto answer = script("mac=52-54-00-12-34-56&uuid=AB000000-0000-0000-0000-00000000000F&platform=efi");
  EXPECT_EQ(observed, BootChoice::kRecover);
  EXPECT_EQ(asked.mac, "52:54:00:12:34:56");
  EXPECT_EQ(asked.uuid, "ab000000-0000-0000-0000-00000000000f");
  EXPECT_EQ(tickets.check(ticket_in(*answer.body), kNow).value().mac, "52:54:00:12:34:56");
}

TEST_F(Service, BootsTheLocalDiskOfAReleasedMachineWithoutATicket) {
  facts = {.known = true, .phase_boots_network = false};
  const auto answer = script("mac=52%3a54%3a00%3a12%3a34%3a56");
  EXPECT_EQ(observed, BootChoice::kLocal);
  EXPECT_NE(answer.body->find("sanboot --no-describe --drive 0x80"), std::string::npos);
  EXPECT_EQ(ticket_in(*answer.body), "");
}

TEST_F(Service, UsesOnlyRelativeUris) {
  const auto answer = script("mac=52-54-00-12-34-56");
  EXPECT_EQ(answer.body->find("://"), std::string::npos);
  EXPECT_EQ(script("").body->find("://"), std::string::npos);
}

TEST_F(Service, RefusesWhatIsNotAMac) {
  for (const std::string bad : {"mac=", "mac=1", "mac=52-54-00-12-34-5g", "mac=%0a%0aboot-evil-xx", "mac=52:54:00:12:34:56:78"}) {
    EXPECT_EQ(script(bad).status, 400) << bad;
  }
  EXPECT_FALSE(observed);
}

TEST_F(Service, ServesTheFilesItReadAtStart) {
  auto service = make();
  EXPECT_EQ(*service.answer("/vmlinuz", "", "", kNow).body, "bytes of /image/vmlinuz");
  EXPECT_EQ(service.answer("/ipxe.efi", "", "", kNow).status, 404);
  EXPECT_EQ(service.answer("/../etc/passwd", "", "", kNow).status, 404);
  EXPECT_EQ(service.answer("", "", "", kNow).status, 404);
}

TEST_F(Service, AppendsTheDepotsConfigurationToTheImage) {
  const auto image = *make().answer("/initrd.img", "", "", kNow).body;
  const auto archive = image.find("070701");
  ASSERT_NE(archive, std::string::npos);
  EXPECT_EQ(archive % 4, 0U);
  EXPECT_NE(image.find("etc/resus/agent.json"), std::string::npos);
  EXPECT_NE(image.find(R"({"depot":"10.0.0.1"})"), std::string::npos);
}

TEST_F(Service, NamesTheBootFileThatIsMissing) {
  ASSERT_TRUE(files.remove("/image/initrd.img"));
  const auto loaded = BootFiles::load(files, "/image", "/ipxe", {});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().context.find("initrd.img"), std::string::npos);
}

}  // namespace
}  // namespace resus::netboot
