#include "imaging/deployment.hpp"

#include <gtest/gtest.h>

#include "tests/support/locked_disk.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/sample_permit.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kImageBytes = 3 * kSegmentBytes + 9 * kBlockBytes;
constexpr std::size_t kDiskBytes = 5 * kSegmentBytes + 512;

/// An infected disk, larger than the golden image, and a permit to lay the image onto it.
struct Bench {
  SigningKey key = SigningKey::generate().value();
  test::LockedDiskAccess access;
  test::FakeDisk& disk;
  test::MemoryImage image;
  NoProgress progress;
  DeploymentOptions options;
  std::stop_source stop;
  Permit permit;

  explicit Bench(std::size_t disk_bytes = kDiskBytes, std::size_t image_bytes = kImageBytes)
      : disk(access.add(disk_bytes)), image(test::mixed_disk(image_bytes, 7), key) {
    disk.fill(0, test::random_bytes(disk_bytes, 9));
    options.workers = 2;
    options.pause = [](std::chrono::milliseconds, const std::stop_token&) { return true; };
    permit = test::sample_permit(disk.identity);
    permit.image_id = image.manifest.id;
    permit.image_root = image.manifest.root;
  }
  Result<DeploymentReport> run(const KnownContent* known = nullptr) {
    const auto trusted = key.public_key();
    RESUS_TRY(auto writable, WritableDisk::open(test::sealed(key, permit), std::span(&trusted, 1),
                                                test::context_of(permit), access, disk.identity.path));
    RESUS_TRY(auto reader, access.open_reader(disk.identity.path));
    return Deployment::run(writable, *reader, image, std::span(&trusted, 1), known, options, progress,
                           stop.get_token());
  }
  std::vector<std::byte> wanted() const {
    auto bytes = image.bytes;
    bytes.resize(disk.bytes.size());
    return bytes;
  }
  /// Puts the image there, and zeros behind it.
  void lay_down_beforehand() { disk.fill(0, wanted()); }
  void expect_untouched(const Result<DeploymentReport>& result, Code code) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().to_string();
    EXPECT_TRUE(disk.writes.empty());
    EXPECT_TRUE(disk.zeroed.empty());
  }
  KnownContent known() const {
    KnownContent known;
    known.plan = DeployPlan(permit.evidence_root, image.manifest.root, image.bytes.size());
    const auto block = [](const std::vector<std::byte>& from, std::size_t at, std::size_t size) {
      return std::span(from).subspan(at, std::min(kBlockBytes, size - at));
    };
    for (std::size_t at = 0; at < image.bytes.size(); at += kBlockBytes) {
      const auto golden = block(image.bytes, at, image.bytes.size());
      const bool same = std::ranges::equal(golden, block(disk.bytes, at, image.bytes.size()));
      known.plan.append(same ? PlanKind::kKeep : is_zero(golden) ? PlanKind::kZero : PlanKind::kWrite, 1);
    }
    for (std::size_t at = 0; at < disk.bytes.size(); at += kSegmentBytes) {
      known.zero_segments.push_back(
          is_zero(std::span(disk.bytes).subspan(at, std::min(kSegmentBytes, disk.bytes.size() - at))));
    }
    return known;
  }
};

TEST(Deployment, MakesTheDiskTheImageAndNothingButZerosBehindIt) {
  Bench bench;
  const auto report = bench.run();
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(bench.disk.durable, bench.wanted());
  EXPECT_EQ(report.value().root, bench.image.manifest.root);
  EXPECT_EQ(report.value().written + report.value().zeroed + report.value().skipped, kDiskBytes);
  EXPECT_GE(report.value().read_back, report.value().written + report.value().zeroed);
}

TEST(Deployment, SaysHowLongEachKindOfWorkTook) {
  Bench bench;
  const auto report = bench.run();
  ASSERT_TRUE(report) << report.error().to_string();
  const auto& times = report.value().times;
  for (const double seconds : {times.compare, times.fetch, times.verify, times.write, times.read_back}) EXPECT_GT(seconds, 0);
}

TEST(Deployment, FetchesNothingAndTakesNoTimeForItWhereTheDiskIsRight) {
  Bench bench;
  bench.lay_down_beforehand();
  const auto report = bench.run();
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_GT(report.value().times.compare, 0);
  EXPECT_EQ(report.value().times.fetch, 0);
  EXPECT_EQ(report.value().times.read_back, 0);
}

TEST(Deployment, WorksWhateverTheSizesOfImageAndDisk) {
  for (const std::size_t image : {std::size_t{512}, kBlockBytes, kSegmentBytes, kSegmentBytes + 512, 2 * kSegmentBytes}) {
    for (const std::size_t more : {std::size_t{0}, std::size_t{512}, 2 * kSegmentBytes + 1024}) {
      Bench bench(image + more, image);
      ASSERT_TRUE(bench.run()) << image << " + " << more;
      EXPECT_EQ(bench.disk.durable, bench.wanted()) << image << " + " << more;
    }
  }
}

TEST(Deployment, WritesNothingOntoADiskThatIsAlreadyRight) {
  Bench bench;
  bench.lay_down_beforehand();
  const auto report = bench.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report.value().skipped, kDiskBytes);
  EXPECT_TRUE(bench.disk.writes.empty());
  EXPECT_TRUE(bench.disk.zeroed.empty());
  EXPECT_EQ(bench.image.fetches, 0);
}

TEST(Deployment, FetchesAndWritesOnlyWhatDiffers) {
  Bench bench;
  bench.lay_down_beforehand();
  bench.disk.bytes[2 * kSegmentBytes + 5 * kBlockBytes + 17] ^= std::byte{1};
  const auto report = bench.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(bench.disk.durable, bench.wanted());
  // The block, and the boot segments, which became zeros before the first write.
  EXPECT_EQ(bench.image.fetches, 2);
  EXPECT_LE(report.value().written, kSegmentBytes + kBlockBytes);
}

TEST(Deployment, UsesWhatIsKnownInsteadOfReading) {
  Bench bench;
  bench.lay_down_beforehand();
  bench.disk.bytes[2 * kSegmentBytes + 5 * kBlockBytes] ^= std::byte{1};
  bench.disk.bytes[kDiskBytes - 1] = std::byte{0x66};
  const auto known = bench.known();
  ASSERT_TRUE(bench.run(&known));
  EXPECT_EQ(bench.disk.durable, bench.wanted());
  for (const auto& read : bench.disk.reads) {  // the boot segments alone
    EXPECT_TRUE(read.offset_bytes < kSegmentBytes || read.offset_bytes == 3 * kSegmentBytes) << read.offset_bytes;
  }
}

TEST(Deployment, ReadsTheDiskWhenThePlanIsForOtherEvidence) {
  Bench bench;
  KnownContent known;
  known.plan = DeployPlan(test::root_of(77), bench.image.manifest.root, kImageBytes);
  known.plan.append(PlanKind::kKeep, block_count(kImageBytes));
  known.zero_segments.assign(6, true);
  ASSERT_TRUE(bench.run(&known));
  EXPECT_EQ(bench.disk.durable, bench.wanted());
}

TEST(Deployment, IsNotBootableUntilTheLastWrite) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  ASSERT_FALSE(bench.disk.zeroed.empty());
  EXPECT_EQ(bench.disk.zeroed[0].offset_bytes, 0U);
  const auto first = std::ranges::find_if(bench.disk.writes, [](const auto& w) { return w.offset_bytes < kSegmentBytes; });
  for (auto write = first; write != bench.disk.writes.end(); ++write) EXPECT_LT(write->offset_bytes, kSegmentBytes);
}

TEST(Deployment, EndsInTheSameDiskAfterAPowerCutAtEveryWrite) {
  for (std::size_t n = 0;; ++n) {
    Bench bench;
    bench.disk.power_fails_at_write = n;
    const auto cut = bench.run();
    if (cut) break;
    bench.disk.power_loss();
    // Either it cannot boot, or only the boot segment itself was left to write.
    const auto rest = [](const auto& bytes) { return std::span(bytes).subspan(kSegmentBytes); };
    const auto wanted = bench.wanted();
    EXPECT_TRUE(is_zero(std::span(bench.disk.bytes).first(kBlockBytes)) ||
                std::ranges::equal(rest(bench.disk.bytes), rest(wanted)))
        << "write " << n;
    ASSERT_TRUE(bench.run()) << "write " << n;
    ASSERT_EQ(bench.disk.durable, bench.wanted()) << "write " << n;
  }
}

TEST(Deployment, EndsInTheSameDiskAfterACutWithWhatWasKnown) {
  for (std::size_t n = 0; n < 3; ++n) {
    Bench bench;
    const auto known = bench.known();
    bench.disk.power_fails_at_write = n;
    ASSERT_FALSE(bench.run(&known));
    bench.disk.power_loss();
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.disk.durable, bench.wanted());
  }
}

TEST(Deployment, WritesNothingOfASegmentWithOneFlippedByte) {
  Bench bench;
  bench.image.flipped_byte = 2 * kSegmentBytes + 12345;
  const auto result = bench.run();
  EXPECT_EQ(result.error().code, Code::kImageSignature);
  for (const auto& write : bench.disk.writes) {
    EXPECT_TRUE(write.offset_bytes < 2 * kSegmentBytes || write.offset_bytes >= 3 * kSegmentBytes);
  }
}

TEST(Deployment, RefusesAnImageThatIsLargerThanTheDisk) {
  Bench bench(kImageBytes - 512);
  bench.expect_untouched(bench.run(), Code::kImageTooLarge);
}

TEST(Deployment, RefusesAManifestThatAnUntrustedKeySigned) {
  Bench bench;
  bench.image.envelope =
      seal(SigningKey::generate().value(), Purpose::kGoldenImage, to_json(bench.image.manifest)).value();
  bench.expect_untouched(bench.run(), Code::kImageSignature);
}

TEST(Deployment, RefusesANodeTableThatWasNotSigned) {
  Bench bench;
  bench.image.nodes[1].bytes[0] ^= 1;
  bench.expect_untouched(bench.run(), Code::kImageSignature);
  bench.image.nodes.pop_back();
  bench.expect_untouched(bench.run(), Code::kImageTruncated);
}

TEST(Deployment, RefusesARootThatItsOwnNodeTableDoesNotGive) {
  Bench bench;
  bench.image.manifest.root = bench.permit.image_root = test::root_of(6);
  bench.image.envelope = seal(bench.key, Purpose::kGoldenImage, to_json(bench.image.manifest)).value();
  bench.expect_untouched(bench.run(), Code::kImageSignature);
}

TEST(Deployment, RefusesAnImageThePermitDoesNotName) {
  Bench bench;
  bench.permit.image_root = test::root_of(5);
  bench.expect_untouched(bench.run(), Code::kPermitMismatch);
}

TEST(Deployment, NoticesADiskThatGivesBackSomethingElse) {
  Bench bench;
  bench.disk.lying_bytes.insert(2 * kSegmentBytes + 100);
  EXPECT_EQ(bench.run().error().code, Code::kReadBack);
}

TEST(Deployment, NoticesADiskThatDoesNotBecomeZerosWhereItShould) {
  Bench bench;
  bench.disk.lying_bytes.insert(kDiskBytes - kSegmentBytes - 100);  // behind the image, not in a boot segment
  EXPECT_EQ(bench.run().error().code, Code::kReadBack);
}

TEST(Deployment, ReportsAWriteThatFailed) {
  Bench bench;
  bench.disk.fail_write = 1;
  EXPECT_EQ(bench.run().error().code, Code::kWrite);
}

TEST(Deployment, WritesOverSectorsThatCannotBeRead) {
  Bench bench;
  bench.lay_down_beforehand();
  bench.disk.bad_sectors.insert((2 * kSegmentBytes + 5 * kBlockBytes) / 512);
  const auto report = bench.run();
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_TRUE(std::ranges::any_of(bench.disk.writes, [](const auto& write) {
    const auto bad = 2 * kSegmentBytes + 5 * kBlockBytes;
    return write.offset_bytes <= bad && write.offset_bytes + write.length_bytes > bad;
  }));
}

TEST(Deployment, StopsWhenAskedTo) {
  Bench bench;
  bench.stop.request_stop();
  bench.expect_untouched(bench.run(), Code::kCancelled);
}

}  // namespace
}  // namespace resus::imaging
