#include "imaging/writable_disk.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_disk.hpp"
#include "tests/support/sample_permit.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using test::FakeDiskAccess;

/// One disk and a permit for it.
struct Bench {
  SigningKey key = SigningKey::generate().value();
  FakeDiskAccess access;
  test::FakeDisk& disk = access.add(1 << 20);
  Permit permit = test::sample_permit(disk.identity);
  PermitContext context = test::context_of(permit);

  Bench() { disk.write_blocked = true; }
  Result<WritableDisk> open(std::string_view envelope) {
    const auto trusted = key.public_key();
    return WritableDisk::open(envelope, std::span(&trusted, 1), context, access,
                              disk.identity.path);
  }
  Result<WritableDisk> open() { return open(test::sealed(key, permit)); }
  /// Refused with this code, and the disk was never opened for writing.
  void expect_refused(Result<WritableDisk> result, Code code) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().to_string();
    EXPECT_EQ(disk.writers_opened, 0U);
    EXPECT_TRUE(disk.write_blocked);
  }
};

TEST(WritableDisk, OpensUnderAPermitThatAgreesInEveryField) {
  Bench bench;
  auto disk = bench.open();
  ASSERT_TRUE(disk) << disk.error().to_string();
  EXPECT_EQ(disk.value().permit().permit_id, "p-1");
  EXPECT_EQ(disk.value().identity().serial, bench.disk.identity.serial);
}

TEST(WritableDisk, RefusesAPermitThatDiffersInAnyField) {
  const std::vector<std::function<void(Permit&)>> changes = {
      [](Permit& p) { p.machine_id = "m-other"; },
      [](Permit& p) { p.boot_id = "boot-2"; },
      [](Permit& p) { p.disk_serial = "FAKE-9"; },
      [](Permit& p) { p.disk_bytes += 512; },
      [](Permit& p) { p.lasting_bytes = p.disk_bytes + 512; },
      [](Permit& p) { p.lasting_bytes = 4097; },
      [](Permit& p) { p.evidence_id = "ev-other"; },
      [](Permit& p) { p.evidence_root = test::root_of(9); },
      [](Permit& p) { p.image_id = "img-other"; },
      [](Permit& p) { p.image_root = test::root_of(9); },
  };
  for (const auto& change : changes) {
    Bench bench;
    change(bench.permit);
    bench.expect_refused(bench.open(), Code::kPermitMismatch);
  }
}

TEST(WritableDisk, RefusesAPermitFromTheMomentItExpires) {
  Bench bench;
  bench.context.now += std::chrono::milliseconds(test::kPermitLifeMs - 1);
  EXPECT_TRUE(bench.open());
  Bench late;
  late.context.now += std::chrono::milliseconds(test::kPermitLifeMs);
  late.expect_refused(late.open(), Code::kPermitExpired);
}

TEST(WritableDisk, RefusesAPermitThatAnotherKeySigned) {
  Bench bench;
  const auto other = SigningKey::generate().value();
  bench.expect_refused(bench.open(test::sealed(other, bench.permit)), Code::kPermitSignature);
}

TEST(WritableDisk, RefusesASignedDocumentOfAnotherKind) {
  Bench bench;
  const auto record = seal(bench.key, Purpose::kRecord, to_json(bench.permit)).value();
  bench.expect_refused(bench.open(record), Code::kPermitSignature);
}

TEST(WritableDisk, RefusesAPermitWithoutEvidenceUnlessAWaiverStandsInIt) {
  Bench bench;
  bench.permit.evidence_id.clear();
  bench.context.evidence_id.clear();
  bench.expect_refused(bench.open(), Code::kPermitMismatch);
  bench.permit.waiver = Waiver{.actor = "supervisor", .reason = "disk is new"};
  EXPECT_TRUE(bench.open());
}

TEST(WritableDisk, RefusesAWaiverWithoutAReason) {
  Bench bench;
  bench.permit.waiver = Waiver{.actor = "supervisor", .reason = ""};
  bench.expect_refused(bench.open(), Code::kBadInput);
}

TEST(WritableDisk, RefusesADiskWithoutASerial) {
  Bench bench;
  bench.disk.identity.serial.clear();
  bench.permit.disk_serial.clear();
  bench.expect_refused(bench.open(), Code::kPermitMismatch);
}

/// What a writer does with whole sectors there: nothing, or all of it.
void expect_the_end_at(WritableDisk& disk, const test::FakeDisk& fake, std::uint64_t end_bytes) {
  EXPECT_EQ(disk.identity().size_bytes, end_bytes);
  const std::vector<std::byte> sector(512, std::byte{7});
  EXPECT_TRUE(disk.writer().submit(1, end_bytes - 512, sector));
  EXPECT_TRUE(disk.writer().wait());
  EXPECT_TRUE(disk.writer().zero(end_bytes - 1024, 512));
  const auto before = fake.bytes;
  EXPECT_EQ(disk.writer().submit(2, end_bytes, sector).error().code, Code::kWrite);
  EXPECT_EQ(disk.writer().submit(3, ~std::uint64_t{511}, sector).error().code, Code::kWrite);
  EXPECT_EQ(disk.writer().zero(end_bytes - 512, 1024).error().code, Code::kWrite);
  EXPECT_EQ(disk.writer().zero(0, end_bytes + 512).error().code, Code::kWrite);
  EXPECT_EQ(fake.bytes, before);
}

TEST(WritableDisk, EndsWhereALiftedAreaBegins) {
  Bench bench;
  bench.permit.lasting_bytes = 768 << 10;
  auto disk = bench.open();
  ASSERT_TRUE(disk) << disk.error().to_string();
  EXPECT_EQ(disk.value().permit().lasting_bytes, 768U << 10) << "it goes through JSON";
  expect_the_end_at(disk.value(), bench.disk, 768 << 10);
}

TEST(WritableDisk, EndsAtTheSmallerOfWhatDepotAndKernelKnow) {
  for (const auto& [permit, kernel] : {std::pair{768, 512}, std::pair{512, 768}, std::pair{0, 512}, std::pair{512, 0}}) {
    Bench bench;
    bench.permit.lasting_bytes = static_cast<std::uint64_t>(permit) << 10;
    bench.disk.identity.lasting_bytes = static_cast<std::uint64_t>(kernel) << 10;
    auto disk = bench.open();
    ASSERT_TRUE(disk) << disk.error().to_string();
    expect_the_end_at(disk.value(), bench.disk, 512 << 10);
  }
}

/// Another disk takes the name between the check and the opening.
class SwappingAccess : public FakeDiskAccess {
 public:
  Result<std::unique_ptr<hw::DiskWriter>> open_writer(const std::string& path) override {
    find(path)->identity.serial = "SWAPPED";
    return FakeDiskAccess::open_writer(path);
  }
};

TEST(WritableDisk, BlocksTheDiskAgainWhenAnotherOneTookItsName) {
  SwappingAccess access;
  auto& disk = access.add(1 << 20);
  const auto key = SigningKey::generate().value();
  const auto permit = test::sample_permit(disk.identity);
  const auto trusted = key.public_key();
  const auto opened = WritableDisk::open(test::sealed(key, permit), std::span(&trusted, 1),
                                         test::context_of(permit), access, disk.identity.path);
  EXPECT_EQ(opened.error().code, Code::kDiskChanged);
  EXPECT_TRUE(disk.write_blocked);
  EXPECT_TRUE(disk.writes.empty());
}

}  // namespace
}  // namespace resus::imaging
