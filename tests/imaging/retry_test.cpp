#include "imaging/retry.hpp"

#include <gtest/gtest.h>

namespace resus::imaging {
namespace {

using std::chrono::milliseconds;

const hw::Error kFull = hw::make_error(hw::Code::kSpace, "full");

TEST(RetryPlan, DoublesItsWaitUpToALimitAndNeverGivesUp) {
  RetryPlan plan({.first = milliseconds(100), .longest = milliseconds(300)});
  EXPECT_EQ(plan.after(kFull), milliseconds(100));
  EXPECT_EQ(plan.after(kFull), milliseconds(200));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(plan.after(kFull), milliseconds(300));
}

TEST(RetryPlan, DoesNotRepeatAPermanentError) {
  EXPECT_FALSE(RetryPlan().after(hw::make_error(hw::Code::kEvidenceDamaged, "x")));
}

class CountingProgress : public NoProgress {
 public:
  void paused(const hw::Error& reason, milliseconds) override { codes.push_back(reason.code); }
  std::vector<hw::Code> codes;
};

TEST(Retried, SaysWhyItWaitsAndGoesOnWhenThereIsRoom) {
  CountingProgress progress;
  int calls = 0;
  const auto call = [&]() -> hw::Result<int> {
    if (++calls < 3) return hw::failure(kFull);
    return calls;
  };
  const Pause at_once = [](milliseconds, const std::stop_token&) { return true; };
  EXPECT_EQ(retried(call, at_once, progress, {}).value(), 3);
  EXPECT_EQ(progress.codes, (std::vector{hw::Code::kSpace, hw::Code::kSpace}));
}

TEST(Retried, EndsWhenStopIsAskedForAndKeepsTheCause) {
  NoProgress progress;
  std::stop_source stop;
  stop.request_stop();
  const auto result = retried([]() -> hw::Result<int> { return hw::failure(kFull); }, pause_for,
                              progress, stop.get_token());
  EXPECT_EQ(result.error().code, hw::Code::kCancelled);
  ASSERT_EQ(result.error().secondary.size(), 1U);
  EXPECT_NE(result.error().secondary[0].find("full"), std::string::npos);
}

}  // namespace
}  // namespace resus::imaging
