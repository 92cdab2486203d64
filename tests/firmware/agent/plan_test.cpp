#include "firmware/agent/plan.hpp"

#include <gtest/gtest.h>

namespace resus::agent {
namespace {

using Do = AgentPlan::Do;
using messages::Task;
using messages::TaskKind;

Task task(TaskKind kind, std::string id = "t1", std::uint32_t attempt = 1) {
  return {.task_id = std::move(id), .attempt = attempt, .condition = "ok", .task = kind};
}

AgentPlan enrolled_plan() {
  AgentPlan plan;
  plan.enrolled_as({});
  return plan;
}

AgentPlan working_plan(TaskKind kind) {
  auto plan = enrolled_plan();
  plan.heard(task(kind), plan.epoch());
  plan.started(plan.next().task);
  return plan;
}

TEST(AgentPlan, RestsUntilTheDepotHasSpoken) {
  auto plan = enrolled_plan();
  EXPECT_EQ(plan.next().what, Do::kRest);
  plan.heard(task(TaskKind::kWait), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kRest);
}

TEST(AgentPlan, StartsWorkOnceAndOnlyOnAFreshAnswer) {
  auto plan = enrolled_plan();
  plan.heard(task(TaskKind::kAcquire), plan.epoch());
  ASSERT_EQ(plan.next().what, Do::kStart);
  plan.started(plan.next().task);
  EXPECT_EQ(plan.next().what, Do::kRest);
  (void)plan.ended(hw::success());
  EXPECT_EQ(plan.next().what, Do::kRest);
}

TEST(AgentPlan, AnAnswerAskedForBeforeTheWorkEndedIsDropped) {
  auto plan = working_plan(TaskKind::kAcquire);
  const auto asked = plan.epoch();
  (void)plan.ended(hw::success());
  plan.heard(task(TaskKind::kAcquire), asked);
  EXPECT_EQ(plan.next().what, Do::kRest);
  plan.heard(task(TaskKind::kDeploy), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kStart);
}

TEST(AgentPlan, WorkGoesOnWhenTheDepotIsAheadOfIt) {
  auto plan = working_plan(TaskKind::kAcquire);
  plan.heard(task(TaskKind::kWait, "t2"), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kRest);
  plan.heard(task(TaskKind::kDeploy, "t3"), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kRest);
}

TEST(AgentPlan, WorkIsCalledOffByHoldStopAnotherAttemptAndAStepBack) {
  auto held = task(TaskKind::kWait, "t2");
  held.condition = "held";
  for (const auto& answer : {held, task(TaskKind::kStop, "t3"), task(TaskKind::kDeploy, "t4", 2), task(TaskKind::kAcquire, "t5")}) {
    auto plan = working_plan(TaskKind::kDeploy);
    plan.heard(answer, plan.epoch());
    EXPECT_EQ(plan.next().what, Do::kCancel) << answer.task_id;
  }
}

TEST(AgentPlan, TroubleIsToldAndTheSameTaskNotRepeated) {
  auto plan = working_plan(TaskKind::kDeploy);
  const auto after = plan.ended(hw::fail(hw::Code::kReadBack, "byte 7"));
  ASSERT_TRUE(after.trouble);
  EXPECT_EQ(after.trouble->code, "E-DEPLOY-01");
  plan.heard(task(TaskKind::kDeploy), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kRest);
  plan.heard(task(TaskKind::kDeploy, "t2", 2), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kStart);
}

TEST(AgentPlan, AResumedTaskStartsAgainAfterADifferentAnswer) {
  auto plan = working_plan(TaskKind::kDeploy);
  (void)plan.ended(hw::fail(hw::Code::kReadBack, "byte 7"));
  plan.heard(task(TaskKind::kWait, "held"), plan.epoch());
  plan.heard(task(TaskKind::kDeploy), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kStart);
}

TEST(AgentPlan, AForgottenAcquisitionIsBegunAgainWithoutTrouble) {
  auto plan = working_plan(TaskKind::kAcquire);
  const auto after = plan.ended(hw::fail(hw::Code::kNotFound, "a-1"));
  EXPECT_FALSE(after.trouble);
  EXPECT_GT(after.pause.count(), 0);
  plan.heard(task(TaskKind::kAcquire), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kStart);
}

TEST(AgentPlan, ACopyTheDepotCouldNotSettleIsBegunAgainWithoutTrouble) {
  auto plan = working_plan(TaskKind::kAcquire);
  EXPECT_FALSE(plan.ended(hw::fail(hw::Code::kEvidenceIncomplete, "its check could not be recorded")).trouble);
  auto own = working_plan(TaskKind::kAcquire);
  EXPECT_TRUE(own.ended(hw::fail(hw::Code::kWrite, "here")).trouble) << "a write that fails on the machine itself is for a person";
}

TEST(AgentPlan, TheSamePassingFailureTooOftenIsTroubleAfterAll) {
  auto plan = enrolled_plan();
  AgentPlan::AfterWork after;
  int runs = 0;
  while (!after.trouble && runs < 100) {
    plan.heard(task(TaskKind::kAcquire), plan.epoch());
    ASSERT_EQ(plan.next().what, Do::kStart);
    plan.started(plan.next().task);
    after = plan.ended(hw::fail(hw::Code::kProtocol, "strange"));
    ++runs;
  }
  EXPECT_EQ(runs, AgentPlan::kPatience);
}

TEST(AgentPlan, ADepotThatDoesNotKnowTheAgentIsEnrolledWithAgain) {
  auto plan = enrolled_plan();
  plan.not_heard(hw::make_error(hw::Code::kNetwork, "cable"));
  EXPECT_TRUE(plan.enrolled());
  plan.not_heard(hw::make_error(hw::Code::kNotApproved, "who?"));
  EXPECT_FALSE(plan.enrolled());
}

TEST(AgentPlan, RestartsTheMachineOnlyWhenNothingRuns) {
  auto plan = working_plan(TaskKind::kRestore);
  plan.heard(task(TaskKind::kReboot, "t2"), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kRest);
  (void)plan.ended(hw::success());
  plan.heard(task(TaskKind::kReboot, "t2"), plan.epoch());
  EXPECT_EQ(plan.next().what, Do::kReboot);
}

}  // namespace
}  // namespace resus::agent
