// Two hashes in one pass are the two hashes.
#include <gtest/gtest.h>

#include "imaging/labs/md5_sha1.hpp"
#include "imaging/segment_hasher.hpp"
#include "tests/support/disk_content.hpp"

namespace resus::imaging {
namespace {

e01::Hashes in_pieces(Md5Sha1& hash, std::span<const std::byte> bytes, std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) hash.update(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  return hash.finish();
}

TEST(Md5Sha1, KnowsTheStandardsExamples) {
  Md5Sha1 hash;
  hash.update(std::as_bytes(std::span("abc", 3)));
  const auto hashes = hash.finish();
  EXPECT_EQ(hashes.md5, "900150983cd24fb0d6963f7d28e17f72");                // RFC 1321, A.5
  EXPECT_EQ(hashes.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");      // FIPS 180-4 examples
}

TEST(Md5Sha1, EqualsBothAloneWhateverTheLengthAndThePieces) {
  const auto bytes = test::random_bytes(70'000, 1);
  for (const std::size_t length : {0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 4096, 69'999}) {
    const auto part = std::span(bytes).first(length);
    LinearHash md5(EVP_md5()), sha1(EVP_sha1());
    md5.update(part);
    sha1.update(part);
    const e01::Hashes expected{md5.finish_hex(), sha1.finish_hex()};
    for (const std::size_t piece : {1, 63, 64, 100, 70'000}) {
      for (const bool interleaved : {false, Md5Sha1::available()}) {
        Md5Sha1 hash(interleaved);
        const auto hashes = in_pieces(hash, part, piece);
        ASSERT_EQ(hashes.md5, expected.md5) << length << " in pieces of " << piece << (interleaved ? ", interleaved" : "");
        ASSERT_EQ(hashes.sha1, expected.sha1) << length << " in pieces of " << piece << (interleaved ? ", interleaved" : "");
      }
    }
  }
}

}  // namespace
}  // namespace resus::imaging
