// Claims of agents that choose their ids: no two are taken for each other, and none makes the table slow.
#include "imaging/claims.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <random>

namespace resus::imaging {
namespace {

constexpr std::size_t kIds = 20'000;

/// The n-th id that differs from the others only in the 8 bytes at `place`.
BlockId id_with(std::size_t place, std::uint64_t n) {
  BlockId id{};
  std::memcpy(id.bytes.data() + place * 8, &n, sizeof n);
  return id;
}

TEST(ClaimTable, KeepsIdsApartThatAgreeInAllButEightBytes) {
  for (std::size_t place = 0; place < 4; ++place) {
    ClaimTable table;
    for (std::uint64_t n = 0; n < kIds; ++n) table.put(id_with(place, n), {.session = 1, .sequence = n});
    EXPECT_EQ(table.size(), kIds);
    for (std::uint64_t n = 0; n < kIds; n += 2) table.erase(id_with(place, n), 1);
    for (std::uint64_t n = 0; n < kIds; ++n) {
      const auto claim = table.find(id_with(place, n), 1);
      ASSERT_EQ(claim.has_value(), n % 2 == 1) << n;
      if (claim) {
        ASSERT_EQ(claim->sequence, n);
      }
    }
  }
}

TEST(ClaimTable, HoldsTheClaimsOfSeveralSessionsOnOneBlock) {
  ClaimTable table;
  table.put(id_with(0, 7), {.session = 1, .sequence = 10});
  table.put(id_with(0, 7), {.session = 2, .sequence = 20});
  EXPECT_EQ(table.find(id_with(0, 7), 1)->sequence, 10u);
  EXPECT_EQ(table.find(id_with(0, 7), 2)->sequence, 20u);
  table.erase_session(1);
  EXPECT_EQ(table.find(id_with(0, 7), 1)->session, 2u);
  EXPECT_EQ(table.size(), 1u);
}

std::chrono::nanoseconds time_to_claim(const std::function<BlockId(std::uint64_t)>& id) {
  const auto begin = std::chrono::steady_clock::now();
  ClaimTable table;
  for (std::uint64_t n = 0; n < kIds; ++n) table.put(id(n), {.session = 1, .sequence = n});
  return std::chrono::steady_clock::now() - begin;
}

// Ids that meet in one place take some ten thousand steps each, so the margin is wide: a busy machine does not fail it.
TEST(ClaimTable, IsNotSlowedDownByChosenIds) {
  std::mt19937_64 random(1);
  const auto by_lot = time_to_claim([&](std::uint64_t) {
    BlockId id;
    for (std::size_t place = 0; place < 4; ++place) {
      const auto word = random();
      std::memcpy(id.bytes.data() + place * 8, &word, sizeof word);
    }
    return id;
  });
  const auto allowed = 100 * by_lot + std::chrono::milliseconds(100);
  for (std::size_t place = 0; place < 4; ++place) {
    EXPECT_LT(time_to_claim([&](std::uint64_t n) { return id_with(place, n); }), allowed) << place;
    EXPECT_LT(time_to_claim([&](std::uint64_t n) { return id_with(place, n << 40); }), allowed) << place;
  }
}

}  // namespace
}  // namespace resus::imaging
