#include "web/depot/machine_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "web/depot/machine_view.hpp"
#include "web/depot/turns.hpp"

namespace resus::depot {
namespace {

using imaging::Condition;
using imaging::Phase;

AgentFacts facts(const std::string& key, std::int64_t now_ms, std::int64_t ticket_ms = 0) {
  AgentFacts f{.agent = {.key = key, .boot_id = "b-" + key, .approved = false, .build = {}, .status_url = {}}, .ticket_ms = ticket_ms, .now_ms = now_ms};
  f.identity.smbios.uuid = "u";
  f.disks = {{.path = "/dev/sda", .model = "M", .serial = "S", .size_bytes = 1000}};
  return f;
}

MachineRecord approved() {
  MachineRecord r;
  r.id = "m-ABC234";
  EXPECT_TRUE(enrol(r, facts("a", 1000)));
  EXPECT_TRUE(approve(r, {.check_code = false, .image_id = "img", .image_bytes = 1000, .now_ms = 5}));
  r.last_contact_ms = 1000;
  return r;
}

MachineRecord in_imaging() {
  auto r = approved();
  EXPECT_TRUE(begin_turn(r, 1));
  EXPECT_TRUE(copied(r));
  EXPECT_TRUE(copy_verified(r, {.id = "ev-1"}));
  return r;
}

TEST(MachineRules, AsksAPersonWhenTheRestoredSystemStaysSilent) {
  auto r = in_imaging();
  ASSERT_TRUE(deployed(r, "{}"));
  ASSERT_TRUE(restored(r, "{}"));
  r.last_contact_ms = 1000;
  ASSERT_TRUE(install_silent(r, 1000 + kReportInMs - 1));
  EXPECT_EQ(r.condition, Condition::kOk);
  ASSERT_TRUE(install_silent(r, 1000 + kReportInMs));
  EXPECT_EQ(r.condition, Condition::kNeedsYou);
  EXPECT_EQ(r.code, "E-NET-01");
  ASSERT_TRUE(phoned_home(r, 1000 + 2 * kReportInMs));
  EXPECT_EQ(r.condition, Condition::kOk);
}

MachineRecord waiting_for_scan() {
  auto r = in_imaging();
  EXPECT_TRUE(deployed(r, "{}"));
  EXPECT_TRUE(scan_missing(r, "the backup ward is unscanned"));
  return r;
}

TEST(MachineRules, WaitsForAPersonWhereTheBackupLacksTheScanThatThePlanWants) {
  const auto r = waiting_for_scan();
  EXPECT_EQ(r.condition, Condition::kNeedsYou);
  EXPECT_EQ(r.code, "E-SCAN-01");
  EXPECT_EQ(r.phase, Phase::kRestoring);
  EXPECT_FALSE(may_go_on(r));
  const auto actions = actions_of(r);
  EXPECT_NE(std::ranges::find(actions, "accept_unscanned"), actions.end());
}

TEST(MachineRules, GoesOnWhenSomebodyLetsTheUnscannedBackupPass) {
  auto r = waiting_for_scan();
  ASSERT_TRUE(accept_unscanned(r));
  EXPECT_TRUE(may_go_on(r));
  EXPECT_TRUE(r.unscanned_accepted);
  // The agent's own report of the refusal may come after the answer.
  ASSERT_TRUE(trouble(r, {.attempt = 1, .code = "E-SCAN-01", .detail = "late"}));
  EXPECT_EQ(r.condition, Condition::kOk);
}

TEST(MachineRules, GivesTheRestoreAnotherNameOnceItsBackupWasAccepted) {
  auto r = in_imaging();
  ASSERT_TRUE(deployed(r, "{}"));
  const auto refused = task_of(r, {}, "a").task_id;
  ASSERT_TRUE(scan_missing(r, "unscanned"));
  ASSERT_TRUE(accept_unscanned(r));
  EXPECT_NE(task_of(r, {}, "a").task_id, refused) << "the agent does not begin again what it was refused";
}

TEST(MachineRules, LetsNoBackupPassWhichNobodyAskedAbout) {
  auto r = in_imaging();
  EXPECT_EQ(accept_unscanned(r).error().code, hw::Code::kConflict);
}

TEST(MachineRules, AsksAgainInTheNextAttempt) {
  auto r = waiting_for_scan();
  ASSERT_TRUE(accept_unscanned(r));
  ASSERT_TRUE(retry(r, 1));
  EXPECT_FALSE(r.unscanned_accepted);
}

TEST(MachineRules, RemembersWhatWasAcceptedAndReadsARecordFromBeforeThat) {
  auto r = waiting_for_scan();
  ASSERT_TRUE(accept_unscanned(r));
  auto text = to_json(r);
  EXPECT_TRUE(machine_from_json(text).value().unscanned_accepted);
  const std::string field = "\"unscanned_accepted\":true,";
  text.erase(text.find(field), field.size());
  EXPECT_FALSE(machine_from_json(text).value().unscanned_accepted);
}

TEST(MachineRules, ReadmitsASilentMachineThatFetchedABootScript) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/2000)));
  EXPECT_EQ(r.agent.key, "b");
  EXPECT_TRUE(r.agent.approved);
}

TEST(MachineRules, DoesNotReadmitWithATicketFromBeforeTheLastContact) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/1000)));
  EXPECT_EQ(r.agent.key, "a");
  EXPECT_EQ(r.code, "E-AUTH-02");
}

TEST(MachineRules, DoesNotReadmitTwiceWithOneTicketEvenIfALaterContactWasForgotten) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/2000)));
  ASSERT_EQ(r.last_contact_ms, 1000) << "as after a power cut of the depot";
  ASSERT_TRUE(enrol(r, facts("c", 1000 + 2 * kQuietMs, /*ticket_ms=*/2000)));
  EXPECT_EQ(r.agent.key, "b");
}

TEST(MachineRules, ATicketThatCameTooEarlyIsStillGoodWhenTheFormerAgentIsSilent) {
  auto r = approved();
  ASSERT_FALSE(enrol(r, facts("b", 1000 + kQuietMs, /*ticket_ms=*/2000)));
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/2000)));
  EXPECT_EQ(r.agent.key, "b");
}

TEST(MachineRules, GoesOnWhenTheTrueMachineComesBackAfterAPretender) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1)));
  ASSERT_EQ(r.condition, Condition::kNeedsYou);
  ASSERT_TRUE(enrol(r, facts("c", 1000 + 2 * kQuietMs, /*ticket_ms=*/2000)));
  EXPECT_EQ(r.agent.key, "c");
  EXPECT_EQ(r.condition, Condition::kOk);
}

TEST(MachineRules, KeepsTheApprovedAgentUntilThePretenderIsApproved) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1)));
  EXPECT_EQ(r.agent.key, "a");
  EXPECT_EQ(r.pending.agent.key, "b");
  EXPECT_EQ(r.code, "E-AUTH-02");
}

TEST(MachineRules, AsksAboutOnePretenderAtATime) {
  auto r = approved();
  const auto asked = 1000 + kQuietMs + 1;
  ASSERT_TRUE(enrol(r, facts("b", asked)));
  const auto next = enrol(r, facts("c", asked + kLostMs));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, hw::Code::kIdentity);
  EXPECT_EQ(r.pending.agent.key, "b");
  ASSERT_TRUE(enrol(r, facts("c", asked + kLostMs + 1))) << "the first one went away";
  EXPECT_EQ(r.pending.agent.key, "c");
}

TEST(MachineRules, ForgetsThePretenderWhenTheApprovedAgentIsHeardAgain) {
  auto r = approved();
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1)));
  ASSERT_EQ(r.condition, Condition::kNeedsYou);
  ASSERT_FALSE(pretender_gone(r).value().empty());
  EXPECT_EQ(r.agent.key, "a");
  EXPECT_TRUE(r.pending.agent.key.empty());
  EXPECT_EQ(r.condition, Condition::kOk);
  EXPECT_TRUE(pretender_gone(r).value().empty());
}

TEST(MachineRules, WritesOneLineOfManyPretenders) {
  auto r = approved();
  EXPECT_FALSE(pretender_refused(r, "b", "10.0.0.9", 1000).value().empty());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pretender_refused(r, "c" + std::to_string(i), "10.0.0.9", 1000 + i).value().empty());
  EXPECT_TRUE(pretender_refused(r, "b", "10.0.0.9", 1000 + kRefusalMs).value().empty()) << "told already";
  EXPECT_FALSE(pretender_refused(r, "d", "10.0.0.9", 1000 + kRefusalMs).value().empty());
}

TEST(MachineRules, KeepsTheWaitingAgentWhileItSpeaks) {
  MachineRecord r;
  ASSERT_TRUE(enrol(r, facts("a", 1000)));
  r.last_contact_ms = 1000;
  EXPECT_FALSE(enrol(r, facts("b", 1000 + kLostMs)));
  EXPECT_EQ(r.agent.key, "a");
  ASSERT_TRUE(enrol(r, facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/2000))) << "it fetched a boot script";
  EXPECT_EQ(r.agent.key, "b");
  ASSERT_TRUE(enrol(r, facts("c", 1000 + kLostMs + 1)));
  EXPECT_EQ(r.agent.key, "c");
}

TEST(MachineRules, DoesNotReadmitWithAnotherDisk) {
  auto r = approved();
  auto other = facts("b", 1000 + kQuietMs + 1, /*ticket_ms=*/2000);
  other.disks[0].serial = "OTHER";
  ASSERT_TRUE(enrol(r, other));
  EXPECT_EQ(r.agent.key, "a");
}

TEST(MachineRules, RefusesAnImageLargerThanTheDisk) {
  MachineRecord r;
  ASSERT_TRUE(enrol(r, facts("a", 1)));
  const auto refused = approve(r, {.check_code = false, .image_id = "img", .image_bytes = 1001});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, hw::Code::kImageTooLarge);
  EXPECT_EQ(r.phase, Phase::kAwaitingApproval);
}

TEST(MachineRules, WritesOnlyAfterTheCopyIsVerified) {
  auto r = approved();
  EXPECT_EQ(may_write(r).error().code, hw::Code::kEvidenceIncomplete);
  EXPECT_TRUE(may_write(in_imaging()));
  auto held = in_imaging();
  ASSERT_TRUE(hold(held));
  EXPECT_FALSE(may_write(held));
}

TEST(MachineRules, StopsAtGapsUntilAPersonAcceptsThem) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  ASSERT_TRUE(copied(r));
  ASSERT_TRUE(copy_verified(r, {.id = "ev-1", .unreadable_bytes = 48 * 512}));
  EXPECT_EQ(r.condition, Condition::kNeedsYou);
  EXPECT_EQ(r.params.at(0).second, "48");
  EXPECT_FALSE(may_write(r));
  ASSERT_TRUE(accept_gaps(r));
  EXPECT_TRUE(may_write(r));
}

TEST(MachineRules, GoesOnWithGapsThatThePlanAccepts) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  ASSERT_TRUE(copied(r));
  auto stricter = r;
  const auto said = copy_verified(r, {.id = "ev-1", .unreadable_bytes = 48 * 512}, /*plan_accepts=*/48);
  ASSERT_TRUE(said);
  EXPECT_NE(said.value().find("48 unreadable sectors, which the plan accepts"), std::string::npos);
  EXPECT_TRUE(may_write(r));
  ASSERT_TRUE(copy_verified(stricter, {.id = "ev-1", .unreadable_bytes = 48 * 512}, /*plan_accepts=*/47));
  EXPECT_FALSE(may_write(stricter));
}

messages::BeginAcquisition copy_of(const MachineRecord& r, std::vector<hw::DiskQuestion> questions) {
  messages::BeginAcquisition request{.attempt = r.attempt, .disk = {}, .questions = std::move(questions)};
  request.disk.serial = r.disk.serial;
  request.disk.size_bytes = r.disk.size_bytes;
  return request;
}

TEST(MachineRules, CopiesNoHiddenLockedOrEncryptedDiskUntilSomebodyDecides) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  const auto request = copy_of(r, {{"encrypted", "BitLocker at byte 1048576"}, {"hidden_area", "8 sectors hidden"}});
  EXPECT_EQ(accept_disk(r).error().code, hw::Code::kConflict) << "nothing was asked yet";
  EXPECT_EQ(begin_copy(r, "aq-1", request).error().code, hw::Code::kDiskQuestion);
  EXPECT_EQ(begin_copy(r, "aq-1", request, {"encrypted"}).error().context, "8 sectors hidden") << "the plan decides one of them";
  ASSERT_TRUE(trouble(r, {.attempt = r.attempt, .code = "E-DISK-05", .detail = "8 sectors hidden", .params = {}}));
  EXPECT_EQ(r.condition, Condition::kNeedsYou);
  const auto actions = actions_of(r);
  EXPECT_NE(std::ranges::find(actions, "accept_disk"), actions.end());
  ASSERT_TRUE(accept_disk(r));
  EXPECT_EQ(r.condition, Condition::kOk);
  EXPECT_TRUE(begin_copy(r, "aq-1", request));
}

TEST(MachineRules, CopiesAPlainDiskAndOneThatThePlanDecidesWithoutAsking) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  EXPECT_TRUE(begin_copy(r, "aq-1", copy_of(r, {})));
  EXPECT_TRUE(begin_copy(r, "aq-2", copy_of(r, {{"locked", "locked"}}), {"locked"}));
}

TEST(MachineRules, CannotSkipTheGapsByARetry) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  ASSERT_TRUE(copied(r));
  ASSERT_TRUE(copy_verified(r, {.id = "ev-1", .unreadable_bytes = 512}));
  ASSERT_TRUE(retry(r, 2));
  EXPECT_EQ(r.code, "E-READ-01");
  EXPECT_FALSE(may_write(r));
}

TEST(MachineRules, CannotSkipTheGapsByHoldAndResume) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  ASSERT_TRUE(copied(r));
  ASSERT_TRUE(copy_verified(r, {.id = "ev-1", .unreadable_bytes = 512}));
  ASSERT_TRUE(hold(r));
  ASSERT_TRUE(resume(r));
  EXPECT_FALSE(may_write(r));
}

TEST(MachineRules, TakesARepeatedReportAsTheSame) {
  auto r = in_imaging();
  ASSERT_TRUE(deployed(r, "{}"));
  ASSERT_TRUE(deployed(r, "{}"));
  EXPECT_EQ(r.phase, Phase::kRestoring);
}

TEST(MachineRules, GoesOnInsideItsTaskWhenTheEvidenceDiskIsFull) {
  auto r = approved();
  ASSERT_TRUE(begin_turn(r, 1));
  ASSERT_TRUE(space_gone(r));
  EXPECT_EQ(r.code, "E-SPACE-01");
  EXPECT_EQ(task_of(r, {}, "a").task, messages::TaskKind::kAcquire);
  ASSERT_TRUE(space_back(r));
  EXPECT_EQ(r.condition, Condition::kOk);
}

TEST(MachineRules, CallsALostMachineInterruptedAndNotRunning) {
  auto r = in_imaging();
  ASSERT_TRUE(contact_lost(r));
  EXPECT_EQ(r.condition, Condition::kInterrupted);
  EXPECT_TRUE(may_write(r));  // when it comes back it goes on
  ASSERT_TRUE(contact_back(r));
  EXPECT_EQ(r.condition, Condition::kOk);
}

TEST(MachineRules, ARevisionThatHasPassedIsAConflict) {
  auto r = in_imaging();
  r.rev = 7;
  EXPECT_TRUE(same_revision(r, std::nullopt));
  EXPECT_TRUE(same_revision(r, 7));
  for (const std::uint64_t other : {6, 8}) EXPECT_EQ(same_revision(r, other).error().code, hw::Code::kConflict);
}

TEST(MachineRules, SurvivesTheCatalogueUnchanged) {
  const auto r = in_imaging();
  const auto text = to_json(r);
  EXPECT_EQ(to_json(machine_from_json(text).value()), text);
}

TEST(Turns, LetsSoManyWorkAndQueuesTheRest) {
  std::vector<MachineRecord> all;
  for (const char* id : {"m-3", "m-1", "m-2"}) {
    all.push_back(approved());
    all.back().id = id;
    all.back().queued_at_ms = id[2];
  }
  EXPECT_EQ(next_turns(all, 2), (std::vector<std::string>{"m-1", "m-2"}));
  EXPECT_EQ(queue_places(all).at("m-3"), 3u);
}

}  // namespace
}  // namespace resus::depot
