#include "web/depot/batch_forecast.hpp"

#include <gtest/gtest.h>

#include "web/depot/fill_rate.hpp"

namespace resus::depot {
namespace {

Ahead at_work(const std::string& id, double lo, double hi) {
  return {.id = id, .has_place = true, .in_place = Seconds{lo, hi}, .after = {10, 20}};
}
Ahead waiting(const std::string& id, double lo, double hi) {
  return {.id = id, .has_place = false, .in_place = Seconds{lo, hi}, .after = {10, 20}};
}

TEST(BatchForecast, EndsWithItsLastMachine) {
  EXPECT_EQ(play_through({at_work("a", 100, 200), at_work("b", 50, 300)}, 2).done, (Seconds{110, 320}));
}

TEST(BatchForecast, GivesTheNextFreePlaceToTheFirstThatWaits) {
  const auto forecast = play_through({at_work("a", 100, 200), at_work("b", 50, 300), waiting("c", 60, 60), waiting("d", 60, 60)}, 2);
  EXPECT_EQ(forecast.starts.at("c"), (Seconds{50, 200}));
  EXPECT_EQ(forecast.starts.at("d"), (Seconds{100, 260}));
  EXPECT_EQ(forecast.done, (Seconds{170, 340}));
}

TEST(BatchForecast, StartsAtOnceWhereAPlaceIsFree) {
  EXPECT_EQ(play_through({at_work("a", 100, 200), waiting("b", 1, 1)}, 2).starts.at("b"), (Seconds{0, 0}));
}

TEST(BatchForecast, SaysNothingOfWhatHangsOnAnUnknownTime) {
  Ahead unknown{.id = "u", .has_place = true, .in_place = {}, .after = {}};
  const auto forecast = play_through({unknown, at_work("a", 100, 200), waiting("b", 60, 60), waiting("c", 60, 60)}, 2);
  EXPECT_EQ(forecast.starts.at("b"), (Seconds{100, 200}));
  EXPECT_FALSE(forecast.done);
  EXPECT_FALSE(play_through({unknown, waiting("b", 60, 60)}, 1).starts.contains("b"));
}

TEST(BatchForecast, HasNoEndWithoutMachines) { EXPECT_FALSE(play_through({}, 4).done); }

constexpr std::uint64_t kGigabyte = 1'000'000'000;
constexpr std::int64_t kMinute = 60'000;

FillRate filled_for(int minutes, std::uint64_t bytes_a_minute) {
  FillRate rate;
  for (int i = 0; i <= minutes; ++i) rate.add(i * kMinute, 1000 * kGigabyte - i * bytes_a_minute);
  return rate;
}

TEST(FillRate, NamesTheMomentWhenTheReserveIsReached) {
  EXPECT_EQ(filled_for(100, kGigabyte).full_at_ms(100 * kGigabyte), 900 * kMinute);
}

TEST(FillRate, SaysNothingAfterAFewMinutes) { EXPECT_FALSE(filled_for(14, kGigabyte).full_at_ms(0)); }

TEST(FillRate, SaysNothingWhileNothingGrows) {
  EXPECT_FALSE(filled_for(100, 0).full_at_ms(0));
  EXPECT_FALSE(filled_for(100, 100'000).full_at_ms(0));
}

TEST(FillRate, ForgetsWhatIsHoursAgo) {
  auto rate = filled_for(60, 10 * kGigabyte);
  for (int i = 61; i <= 60 + 200; ++i) rate.add(i * kMinute, 400 * kGigabyte - (i - 60) * kGigabyte);
  EXPECT_EQ(rate.full_at_ms(0), (260 + 200) * kMinute);
}

TEST(FillRate, IsFullWhenTheReserveIsGone) { EXPECT_EQ(filled_for(100, kGigabyte).full_at_ms(950 * kGigabyte), 100 * kMinute); }

TEST(FillRate, DoesNotLookMonthsAhead) { EXPECT_FALSE(filled_for(100, 2'000'000).full_at_ms(0)); }

TEST(FillRate, BeginsAgainWhenTheClockIsSetBack) {
  auto rate = filled_for(100, kGigabyte);
  rate.add(kMinute, 900 * kGigabyte);
  EXPECT_FALSE(rate.full_at_ms(0));
}

}  // namespace
}  // namespace resus::depot
