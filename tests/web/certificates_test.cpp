// The depot's certificate over restarts: what a browser once accepted must stay what it is shown.
#include "web/transport/certificates.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "hw/linux/file_system.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::transport {
namespace {

class DepotCertificatesTest : public testing::Test {
 protected:
  DepotCertificates start(const std::vector<std::string>& names = {"10.77.0.1", "127.0.0.1", "localhost"}) {
    return open_depot_certificates(files_, directory_.path(), names, clock_.now()).value();
  }
  std::string chain(const std::vector<std::string>& names = {"10.77.0.1", "127.0.0.1", "localhost"}) {
    return start(names).tls.certificate_chain_pem;
  }
  mode_t mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat(directory_.file(name).c_str(), &status), 0) << name;
    return status.st_mode & 07777;
  }
  test::TemporaryDirectory directory_;
  hw::LinuxFileSystem files_;
  test::FakeClock clock_;
};

TEST_F(DepotCertificatesTest, IsTheSameAtEveryStart) {
  const auto first = start();
  clock_.advance(std::chrono::hours(24 * 200));
  const auto second = start();
  EXPECT_EQ(first.tls.certificate_chain_pem, second.tls.certificate_chain_pem);
  EXPECT_EQ(first.tls.private_key_pem, second.tls.private_key_pem);
  EXPECT_EQ(first.ca_pem, second.ca_pem);
}

TEST_F(DepotCertificatesTest, StaysWhenAnAddressIsGoneForOneStart) {
  const auto first = chain();
  EXPECT_EQ(chain({"127.0.0.1", "localhost"}), first);
  EXPECT_EQ(chain(), first);
}

TEST_F(DepotCertificatesTest, IsIssuedAnewForANewAddressOrName) {
  const auto first = chain();
  const auto moved = chain({"10.78.0.1", "127.0.0.1", "localhost"});
  EXPECT_NE(moved, first);
  EXPECT_NE(chain({"10.78.0.1", "depot.ward.example", "127.0.0.1", "localhost"}), moved);
}

TEST_F(DepotCertificatesTest, IsIssuedAnewForTheSameKeyAMonthBeforeItEnds) {
  const auto first = start();
  clock_.advance(std::chrono::hours(24 * 368));
  const auto late = start();
  EXPECT_NE(late.tls.certificate_chain_pem, first.tls.certificate_chain_pem);
  EXPECT_EQ(late.spki_sha256, first.spki_sha256);
  EXPECT_EQ(chain(), late.tls.certificate_chain_pem);
}

TEST_F(DepotCertificatesTest, IsIssuedAnewWhenItsFileIsDamagedOrForAnotherKey) {
  const auto first = chain();
  ASSERT_TRUE(files_.replace(directory_.file("server.pem"), first.substr(0, 100)));
  const auto second = chain();
  EXPECT_NE(second, first);
  ASSERT_TRUE(files_.remove(directory_.file("server.key")));
  EXPECT_NE(chain(), second);
}

TEST_F(DepotCertificatesTest, IsIssuedAnewByANewAuthority) {
  const auto first = chain();
  ASSERT_TRUE(files_.remove(directory_.file("ca.pem")));
  const auto second = start();
  EXPECT_NE(second.tls.certificate_chain_pem.find(second.ca_pem), std::string::npos);
  EXPECT_FALSE(second.tls.certificate_chain_pem.starts_with(first.substr(0, first.find("-----END"))));
}

TEST_F(DepotCertificatesTest, KeepsItsKeysFromOthers) {
  start();
  EXPECT_EQ(mode("."), 0700u);
  for (const char* name : {"ca.key", "server.key"}) EXPECT_EQ(mode(name), 0600u) << name;
}

}  // namespace
}  // namespace resus::transport
