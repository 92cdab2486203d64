#pragma once
// What imaging/golden_image.hpp promises of an ImageSource, demanded from every source alike. A kind brings a bench:
//
//   explicit Bench(const std::vector<std::byte>& content);  an image of exactly these bytes
//   ImageSource& source();
//   const PublicKey& key();                                 the one it is signed with
#include <gtest/gtest.h>

#include <thread>

#include "imaging/checked_image.hpp"
#include "tests/support/disk_content.hpp"

namespace resus::test {

/// Three whole segments, one of them of zeros, and an odd end.
inline std::vector<std::byte> contract_image() {
  return mixed_disk(3 * imaging::kSegmentBytes + 7 * imaging::kBlockBytes + 1024, 99);
}

template <class Bench>
class ImageSourceContract : public testing::Test {
 protected:
  imaging::ImageSource& source() { return bench_.source(); }
  hw::Result<imaging::CheckedImage> checked() { return imaging::load_checked_image(source(), {&bench_.key(), 1}); }
  /// The segment's bytes as far as they verify.
  hw::Result<std::vector<std::byte>> verified(const imaging::CheckedImage& image, std::uint64_t segment) {
    RESUS_TRY(const auto fetched, source().fetch(segment));
    const auto begin = segment * imaging::kSegmentBytes;
    std::vector<std::byte> raw(std::min<std::uint64_t>(imaging::kSegmentBytes, image.manifest.disk_bytes - begin));
    RESUS_TRY(imaging::verify_segment(fetched, image.nodes.at(segment), raw));
    return raw;
  }
  const std::vector<std::byte> content_ = contract_image();
  Bench bench_{content_};
};
TYPED_TEST_SUITE_P(ImageSourceContract);

TYPED_TEST_P(ImageSourceContract, GivesTheSignedManifestOfTheContent) {
  const auto image = this->checked();
  ASSERT_TRUE(image) << image.error().to_string();
  EXPECT_EQ(image.value().manifest.disk_bytes, this->content_.size());
  EXPECT_EQ(image.value().manifest.root, root_of_bytes(this->content_));
  EXPECT_EQ(image.value().manifest.sha256, sha256_of(this->content_));
}

TYPED_TEST_P(ImageSourceContract, AnotherKeyDoesNotOpenIt) {
  const auto stranger = imaging::SigningKey::generate().value();
  const auto image = imaging::load_checked_image(this->source(), {&stranger.public_key(), 1});
  EXPECT_EQ(image.error().code, hw::Code::kImageSignature);
}

TYPED_TEST_P(ImageSourceContract, HasOneNodeForEachSegment) {
  EXPECT_EQ(this->source().node_table().value().size(), imaging::segment_count(this->content_.size()));
}

TYPED_TEST_P(ImageSourceContract, SegmentsTogetherAreTheContent) {
  const auto image = this->checked().value();
  std::vector<std::byte> all;
  for (std::uint64_t segment = 0; segment < image.nodes.size(); ++segment) {
    const auto raw = this->verified(image, segment);
    ASSERT_TRUE(raw) << raw.error().to_string();
    all.insert(all.end(), raw.value().begin(), raw.value().end());
  }
  EXPECT_EQ(all, this->content_);
}

TYPED_TEST_P(ImageSourceContract, NamesTheSegmentItGives) {
  for (const std::uint64_t segment : {3, 0, 2, 0}) EXPECT_EQ(this->source().fetch(segment).value().segment, segment);
}

TYPED_TEST_P(ImageSourceContract, HasNoSegmentBeyondTheEnd) {
  for (const std::uint64_t segment : {std::uint64_t{4}, std::uint64_t{1} << 40}) {
    const auto fetched = this->source().fetch(segment);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, hw::Code::kImageTruncated);
  }
}

TYPED_TEST_P(ImageSourceContract, IsAskedByManyAtOnce) {
  const auto image = this->checked().value();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> workers;
    for (unsigned worker = 0; worker < 4; ++worker) {
      workers.emplace_back([&, worker] {
        for (std::uint64_t i = 0; i < 8; ++i) good += this->verified(image, (worker + i) % 4).has_value();
      });
    }
  }
  EXPECT_EQ(good, 4 * 8);
}

REGISTER_TYPED_TEST_SUITE_P(ImageSourceContract, GivesTheSignedManifestOfTheContent, AnotherKeyDoesNotOpenIt,
                            HasOneNodeForEachSegment, SegmentsTogetherAreTheContent, NamesTheSegmentItGives,
                            HasNoSegmentBeyondTheEnd, IsAskedByManyAtOnce);

}  // namespace resus::test
