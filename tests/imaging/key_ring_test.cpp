#include "imaging/key_ring.hpp"

#include <gtest/gtest.h>

#include "imaging/trusted_keys.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::imaging {
namespace {

struct Ring {
  test::MemoryFileSystem files;
  test::FakeClock clock;
  std::unique_ptr<SigningKey> key;

  Ring() { key = open_signing_key(files, "store").value(); }
  std::vector<PublicKey> trusted() { return trusted_keys(files, "store").value(); }
  std::unique_ptr<CustodyLog> log() { return CustodyLog::open(files, "store/custody.log", *key, clock, trusted()).value(); }
  Result<KeyRotation> rotate() {
    RESUS_TRY(const auto log, CustodyLog::open(files, "store/custody.log", *key, clock, trusted()));
    return rotate_signing_key(files, "store", *log, clock, "K. Meier", "yearly");
  }
  CustodyReport verify() { return verify_custody(files, "store/custody.log", trusted()).value(); }
};

TEST(KeyRing, WhatTheFormerKeySignedStaysVerifiable) {
  Ring ring;
  const auto former = ring.key->public_key();
  const auto signed_before = seal(*ring.key, Purpose::kRecord, "{}").value();
  ASSERT_TRUE(ring.log()->append({.actor = "a", .machine = {}, .action = "x", .reason = {}}));
  const auto rotation = ring.rotate().value();
  EXPECT_EQ(rotation.former, former);
  ring.key = open_signing_key(ring.files, "store").value();
  EXPECT_EQ(ring.key->public_key(), rotation.current);
  EXPECT_NE(ring.key->public_key(), former);
  ASSERT_TRUE(ring.log()->append({.actor = "a", .machine = {}, .action = "y", .reason = {}}));
  EXPECT_TRUE(open_envelope(signed_before, Purpose::kRecord, ring.trusted(), hw::Code::kEvidenceDamaged));
  EXPECT_EQ(ring.verify().entries, 3u);
  EXPECT_FALSE(ring.verify().first_broken_line);
  EXPECT_TRUE(ring.files.content("store/keys/retired-2026-11-23-" + key_id(former) + ".pub"));
}

TEST(KeyRing, AChainOfHandoversLeadsFromTheFirstKeyToTheLast) {
  Ring ring;
  const std::vector<PublicKey> baked = {ring.key->public_key()};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(ring.rotate());
    ring.key = open_signing_key(ring.files, "store").value();
  }
  const auto handovers = key_handovers(ring.files, "store").value();
  EXPECT_EQ(handovers.size(), 3u);
  const auto followed = with_handovers(baked, handovers);
  EXPECT_EQ(followed.size(), 4u);
  EXPECT_EQ(std::ranges::count(followed, ring.key->public_key()), 1);
}

TEST(KeyRing, AHandoverCountsOnlyFromTheKeyThatGoes) {
  Ring ring;
  const auto stranger = SigningKey::generate().value(), former = SigningKey::generate().value();
  const auto payload = R"({"v":1,"former":")" + to_base64(former.public_key()) + R"(","current":")" + to_base64(stranger.public_key()) + R"(","actor":"a","reason":"r","time":"t"})";
  const std::vector<std::string> by_stranger = {seal(stranger, Purpose::kKeyHandover, payload).value()};
  EXPECT_EQ(with_handovers({former.public_key()}, by_stranger).size(), 1u);
  // A stranger may not name a successor for itself.
  const auto of_itself = R"({"v":1,"former":")" + to_base64(stranger.public_key()) + R"(","current":")" + to_base64(ring.key->public_key()) + R"(","actor":"a","reason":"r","time":"t"})";
  const std::vector<std::string> self_made = {seal(stranger, Purpose::kKeyHandover, of_itself).value()};
  EXPECT_EQ(with_handovers({former.public_key()}, self_made).size(), 1u);
  // Another key that is trusted may not name a successor for this one.
  const std::vector<std::string> by_another = {seal(*ring.key, Purpose::kKeyHandover, payload).value()};
  EXPECT_EQ(with_handovers({former.public_key(), ring.key->public_key()}, by_another).size(), 2u);
  const std::vector<std::string> other_purpose = {seal(former, Purpose::kPermit, payload).value(), "garbage"};
  EXPECT_EQ(with_handovers({former.public_key()}, other_purpose).size(), 1u);
  const std::vector<std::string> right = {seal(former, Purpose::kKeyHandover, payload).value()};
  EXPECT_EQ(with_handovers({former.public_key()}, right).size(), 2u);
}

class RotationPowerCut : public testing::TestWithParam<test::TornTail> {};

TEST_P(RotationPowerCut, LeavesAKeyThatSignsAndALogThatGoesOn) {
  std::size_t stops = 0;
  for (std::size_t n = 0;; ++n, ++stops) {
    SCOPED_TRACE(n);
    Ring ring;
    const auto former = ring.key->public_key();
    ASSERT_TRUE(ring.log()->append({.actor = "a", .machine = {}, .action = "x", .reason = {}}));
    const auto before = ring.files.calls();
    ring.files.lose_power_at(before + n);
    const auto rotated = ring.rotate();
    const bool reached_end = ring.files.calls() <= before + n;
    ring.files.crash(GetParam());
    ring.key = open_signing_key(ring.files, "store").value();
    const auto now = ring.key->public_key();
    EXPECT_TRUE(!rotated || now == rotated.value().current) << "what was answered is done";
    EXPECT_EQ(*ring.files.content("store/keys/signing.pub"), to_base64(now) + "\n");
    EXPECT_GE(std::ranges::count(ring.trusted(), former), 1);
    ASSERT_TRUE(ring.log()->append({.actor = "a", .machine = {}, .action = "y", .reason = {}}));
    EXPECT_FALSE(ring.verify().first_broken_line) << ring.verify().problem;
    ASSERT_TRUE(ring.rotate());
    ring.key = open_signing_key(ring.files, "store").value();
    EXPECT_NE(ring.key->public_key(), former);
    EXPECT_FALSE(ring.verify().first_broken_line) << ring.verify().problem;
    if (reached_end) break;
  }
  EXPECT_GT(stops, 15u);
}
INSTANTIATE_TEST_SUITE_P(Tails, RotationPowerCut,
                         testing::Values(test::TornTail::kNothing, test::TornTail::kHalf, test::TornTail::kZeros));

}  // namespace
}  // namespace resus::imaging
