#include <gtest/gtest.h>

#include "web/messages/acquisition.hpp"
#include "web/messages/agent_config.hpp"
#include "web/messages/enrol.hpp"
#include "web/messages/problem.hpp"
#include "web/messages/recovery.hpp"
#include "web/messages/short_code.hpp"
#include "web/messages/task.hpp"

namespace resus::messages {
namespace {

Task sample_task() {
  return {.task_id = "t-7",
          .attempt = 2,
          .phase = "copying",
          .condition = "ok",
          .code = "E-SPACE-01",
          .task = TaskKind::kAcquire,
          .sentence = "Copying evidence.",
          .slot = "B07",
          .locate = true,
          .disk = {.path = "/dev/sda", .serial = "S1", .size_bytes = 1ULL << 40},
          .image_id = "img-1",
          .evidence_id = "ev-1",
          .evidence_root = std::string(64, 'a'),
          .md5_sha1 = true};
}

TEST(Messages, ATaskSurvivesItsWayThroughTheWire) {
  const auto back = decode<Task>(encode(sample_task()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back.value(), sample_task());
}

TEST(Messages, AMissingKeyIsNamed) {
  const auto refused = decode<Progress>(R"({"attempt":1,"stage":"copy","done":1,"bps":3})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, hw::Code::kBadInput);
  EXPECT_NE(refused.error().context.find("progress.total"), std::string::npos);
}

TEST(Messages, NegativeAndFractionalNumbersAreRefused) {
  EXPECT_FALSE(decode<Progress>(R"({"attempt":-1,"stage":"copy","done":1,"total":2,"bps":3})"));
  EXPECT_FALSE(decode<Progress>(R"({"attempt":1,"stage":"copy","done":1.5,"total":2,"bps":3})"));
  EXPECT_FALSE(decode<Progress>(R"({"attempt":4294967296,"stage":"copy","done":1,"total":2,"bps":3})"));
}

TEST(Messages, AnUnknownTaskWordIsRefused) {
  auto body = encode(sample_task());
  body.replace(body.find("acquire"), 7, "destroy");
  EXPECT_FALSE(decode<Task>(body));
}

TEST(Messages, DeepAndLongBodiesAreRefused) {
  EXPECT_FALSE(decode<LogBatch>("{\"lines\":" + std::string(1000, '[') + std::string(1000, ']') + "}"));
  EXPECT_FALSE(decode<LogBatch>("{\"lines\":[" + std::string(kMaxMessageBytes, ' ') + "]}"));
  LogBatch many;
  many.lines.resize(kMaxLogLines + 1);
  EXPECT_FALSE(decode<LogBatch>(encode(many)));
}

TEST(Messages, AnEnrolmentKeepsDisksAndLinks) {
  EnrolRequest request{.boot_id = "b1", .ticket = "t1", .build = "0.1.0"};
  request.identity.smbios.uuid = "4c4c4544";
  request.identity.links = {{.name = "eth0", .mac = "52:54:00:12:34:56", .ipv4 = "10.0.0.2/24", .carrier = true}};
  request.disks = {{.path = "/dev/vda", .serial = "S1", .size_bytes = 805306368, .removable = true}};
  const auto back = decode<EnrolRequest>(encode(request));
  ASSERT_TRUE(back);
  EXPECT_EQ(back.value().identity.links.at(0).mac, "52:54:00:12:34:56");
  EXPECT_EQ(back.value().disks.at(0).size_bytes, 805306368U);
  EXPECT_TRUE(back.value().disks.at(0).removable);
}

TEST(Messages, AnEnrolmentSaysWhereADiskWithALiftedAreaWillEnd) {
  EnrolRequest request{.boot_id = "b1", .ticket = "t1", .build = "0.1.0"};
  request.disks = {{.path = "/dev/sda", .serial = "S1", .size_bytes = 4096, .lasting_bytes = 2048}};
  EXPECT_EQ(decode<EnrolRequest>(encode(request)).value().disks.at(0).lasting_bytes, 2048U);
  request.disks[0].lasting_bytes = 4608;
  EXPECT_FALSE(decode<EnrolRequest>(encode(request))) << "behind the disk";
}

TEST(Messages, ASummaryCarriesItsDeviceObject) {
  FinishAcquisition finish;
  finish.summary.root.bytes.fill(0x11);
  finish.summary.sha256.bytes.fill(0x22);
  finish.summary.device_json = R"({"serial":"S1"})";
  finish.summary.seconds = 1.5;
  finish.summary.times = {.read = 1, .hash = 2, .ask = 3, .compress = 4, .send = 5};
  const auto back = decode<FinishAcquisition>(encode(finish));
  ASSERT_TRUE(back);
  EXPECT_EQ(back.value().summary.root, finish.summary.root);
  EXPECT_EQ(back.value().summary.device_json, finish.summary.device_json);
  EXPECT_EQ(back.value().summary.times, finish.summary.times);
}

TEST(Messages, OnlyAVerifiedAcquisitionHasAReceipt) {
  EXPECT_TRUE(decode<AcquisitionStatus>(R"({"state":"verifying"})"));
  EXPECT_FALSE(decode<AcquisitionStatus>(R"({"state":"verified"})"));
  AcquisitionStatus status{.state = AcquisitionState::kVerified};
  status.receipt.evidence_id = "ev-1";
  EXPECT_EQ(decode<AcquisitionStatus>(encode(status)).value().receipt.evidence_id, "ev-1");
}

TEST(Messages, ARestorePlanSurvivesItsWayThroughTheWire) {
  RestorePlan plan;
  plan.backups = {{.backup_id = "bk-1", .format = "tar.zst", .bytes = 9, .partition = 2, .directory = "/home"}};
  plan.personalise = {.hostname = "ward-7", .phone_home = {.host = "10.0.0.1", .port = 8443, .token = "t"}};
  const auto back = decode<RestorePlan>(encode(plan));
  ASSERT_TRUE(back);
  EXPECT_EQ(back.value().backups.at(0).directory, "/home");
  EXPECT_EQ(back.value().personalise.phone_home.port, 8443);
}

TEST(Messages, AnAgentConfigWithoutATrustedKeyIsRefused) {
  AgentConfig config{.address = "10.0.0.1", .agent_port = 8443, .https_port = 443, .spki_sha256 = std::string(64, 'a')};
  EXPECT_FALSE(decode<AgentConfig>(encode(config)));
  config.trusted_keys = {"a2V5"};
  EXPECT_EQ(decode<AgentConfig>(encode(config)).value(), config);
}

TEST(Messages, AProblemBecomesTheErrorItWas) {
  const auto sent = hw::make_error(hw::Code::kEvidenceIncomplete, "copy not verified");
  const auto got = error_from_problem(409, encode_problem(sent, 409));
  EXPECT_EQ(got.code, hw::Code::kEvidenceIncomplete);
  EXPECT_EQ(got.context, "copy not verified");
  EXPECT_TRUE(got.permanent);
}

TEST(Messages, AnAnswerWithoutOurCodeIsRetryableOnlyWhenTheServerIsToBlame) {
  EXPECT_FALSE(error_from_problem(503, "<html>").permanent);
  EXPECT_TRUE(error_from_problem(404, "<html>").permanent);
}

TEST(ShortCode, DependsOnBothKeysAndHasSixPlainCharacters) {
  imaging::Digest agent, depot;
  agent.bytes.fill(1);
  depot.bytes.fill(2);
  const auto code = short_code(agent, depot);
  EXPECT_EQ(code.size(), 6U);
  EXPECT_EQ(code.find_first_not_of("23456789ABCDEFGHJKLMNPQRSTUVWXYZ"), std::string::npos);
  EXPECT_NE(code, short_code(depot, agent));
}

TEST(Messages, TellWhichFilesStayedOutBecauseOfMalware) {
  const Restored report{.attempt = 2, .files_restored = 7, .infected = 1, .malware = {{.path = "a.exe", .why = "malware: Worm"}}};
  const auto read = decode<Restored>(encode(report));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read.value().infected, 1U);
  ASSERT_EQ(read.value().malware.size(), 1U);
  EXPECT_EQ(read.value().malware[0].path, "a.exe");
}

TEST(Messages, TakeAReportOfAnAgentThatKnowsNothingOfMalware) {
  const auto read = decode<Restored>(R"({"attempt":1,"files_restored":2,"files_excluded":0,"bytes":3,"verified":2,"seconds":1.5})");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read.value().infected, 0U);
}

}  // namespace
}  // namespace resus::messages
