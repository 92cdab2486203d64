// The report of one piece of evidence: its facts and its page.
#include "web/report/evidence_report.hpp"

#include <gtest/gtest.h>

#include "tests/support/store_bench.hpp"
#include "web/report/report_page.hpp"

namespace resus::report {
namespace {

namespace json = boost::json;
using imaging::kBlockBytes;
using imaging::kSegmentBytes;

/// One copy of a disk whose third block could not be read, with a custody log beside it.
class Report : public testing::Test {
 protected:
  Report() : log(imaging::CustodyLog::open(bench.files, "store/custody.log", bench.key, bench.clock).value()) { acquire(); }

  void acquire() {
    auto disk = test::mixed_disk(kSegmentBytes, 1);
    std::fill_n(disk.begin() + 2 * kBlockBytes, kBlockBytes, std::byte{0});
    auto offer = test::offer_of(disk, 0);
    offer.states[2] = imaging::BlockState::kUnreadable;
    offer.unreadable = {{.offset_bytes = 2 * kBlockBytes, .length_bytes = kBlockBytes, .cause = imaging::ReadCause::kTimeout}};
    auto options = bench.evidence_options("m-1");
    options.reread = false;  // the root of a disk with a gap is not what summary_of() computes
    const auto sink = bench.store->begin_evidence(disk.size(), options).value();
    const auto wanted = sink->offer(offer).value();
    ASSERT_TRUE(sink->deliver(*test::frame_of(disk, offer, wanted)));
    auto summary = test::summary_of(disk);
    summary.md5 = "0cc175b9c0f1b6a831c399e269772661";
    summary.unreadable_bytes = kBlockBytes;
    summary.device_json = R"({"model":"<script>alert(1)</script>","serial":"\"><b>","logical_sector_bytes":512,"hidden":{"hpa_sectors":2048,"dco":null},)"
                          R"("namespaces":[{"id":1,"bytes":4096},{"id":2,"bytes":0}],"flags":["read-only","no mounts"]})";
    id = sink->finish(summary).value().evidence_id;
  }
  void note(const std::string& action, const std::string& details, const std::string& reason = {}, const std::string& machine = "m-1") {
    bench.clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(log->append({.actor = "K. <Meier>", .machine = machine, .action = action, .reason = reason, .details = details}));
  }
  std::string about() const { return R"({"evidence":")" + id + R"(","attempt":1,"phase":"queued","text":"t"})"; }
  json::object report(json::object machine = {}) {
    return evidence_report({.files = bench.files, .store = *bench.store, .store_path = "store", .trusted = {&bench.key.public_key(), 1},
                            .now = "2026-11-25T10:00:00.000Z", .made_by = "test", .machine = std::move(machine)}, id).value();
  }

  test::StoreBench bench;
  std::unique_ptr<imaging::CustodyLog> log;
  std::string id;
};

TEST_F(Report, NamesEveryUnreadableRangeInSectors) {
  const auto facts = report();
  const auto& gaps = facts.at("gaps").as_object();
  EXPECT_EQ(gaps.at("bytes").to_number<std::uint64_t>(), kBlockBytes);
  const auto& range = gaps.at("ranges").as_array().at(0).as_object();
  EXPECT_EQ(range.at("first_sector").to_number<std::uint64_t>(), 16u);
  EXPECT_EQ(range.at("sectors").to_number<std::uint64_t>(), 8u);
  EXPECT_EQ(range.at("cause"), "timeout");
  EXPECT_EQ(facts.at("hashes").at("md5"), "0cc175b9c0f1b6a831c399e269772661");
}

TEST_F(Report, TellsWhetherTheRecordsSignatureVerifies) {
  EXPECT_TRUE(report().at("evidence").at("signature").at("ok").as_bool());
  bench.key = imaging::SigningKey::generate().value();  // another depot's
  const auto facts = report();
  EXPECT_FALSE(facts.at("evidence").at("signature").at("ok").as_bool());
  EXPECT_NE(report_page(facts).find("signature does not verify"), std::string::npos);
}

TEST_F(Report, HasTheLinesOfThisMachineAndThisEvidenceAndNoOthers) {
  note("approve", R"({"attempt":1,"phase":"queued","text":"approved"})", "on the ward's list");
  note("approve", R"({"attempt":1,"phase":"queued","text":"another"})", {}, "m-2");
  note("evidence.verify", about(), {}, "");
  const auto facts = report();
  const auto& custody = facts.at("custody").as_object();
  EXPECT_TRUE(custody.at("ok").as_bool());
  EXPECT_EQ(custody.at("entries").to_number<int>(), 3);
  ASSERT_EQ(custody.at("lines").as_array().size(), 2u);
  EXPECT_EQ(custody.at("head").as_string(), imaging::to_string(log->head()));
  EXPECT_EQ(custody.at("lines").as_array().at(1).at("sha256").as_string(), to_hex(log->head().line));
  EXPECT_EQ(facts.at("people").at("approvals").as_array().at(0).at("reason"), "on the ward's list");
}

TEST_F(Report, SaysThatACustodyLogIsBroken) {
  note("approve", "{}");
  note("hold", "{}");
  auto text = *bench.files.content("store/custody.log");
  text.erase(0, text.find('\n') + 1);
  ASSERT_TRUE(bench.files.replace("store/custody.log", text));
  const auto facts = report();
  EXPECT_FALSE(facts.at("custody").at("ok").as_bool());
  EXPECT_NE(report_page(facts).find("custody log does not verify"), std::string::npos);
}

TEST_F(Report, TheLastVerificationCounts) {
  EXPECT_TRUE(report().at("verification").is_null());
  note("evidence.verify", R"({"evidence":")" + id + R"(","ok":true})", {}, "");
  note("evidence.verify", R"({"evidence":")" + id + R"(","ok":false})", {}, "");
  EXPECT_FALSE(report().at("verification").at("ok").as_bool());
}

TEST_F(Report, WaiversStandThereWithActorAndReason) {
  note("accept_gaps", R"({"attempt":1,"phase":"copying","text":"gaps accepted"})", "the disk is dying");
  note("accept_gaps", R"({"attempt":2,"phase":"copying","text":"another attempt"})", "later");
  note("permit.issue", R"({"evidence_id":")" + id + R"(","permit_id":"pm-1","image_id":"im-1","image_root":"00","waiver":{"actor":"A","reason":"B"}})");
  const auto facts = report();
  const auto& waivers = facts.at("people").at("waivers").as_array();
  ASSERT_EQ(waivers.size(), 2u);
  EXPECT_EQ(waivers[0].at("reason"), "the disk is dying");
  EXPECT_EQ(waivers[1].at("actor"), "A");
  EXPECT_EQ(waivers[1].at("reason"), "B");
}

TEST_F(Report, AGoldenImageIsReadBackOnlyWhenThatWasReportedAfterItsPermit) {
  EXPECT_TRUE(report().at("installed").is_null());
  note("deployed", about());
  note("permit.issue", R"({"evidence_id":")" + id + R"(","permit_id":"pm-1","image_id":"im-1","image_root":"00","disk_serial":"S1"})");
  EXPECT_FALSE(report().at("installed").at("read_back").as_bool());
  note("deployed", about());
  const auto facts = report({{"id", "m-1"}, {"deployed", json::object{{"bytes_read_back", 77}}}});
  EXPECT_TRUE(facts.at("installed").at("read_back").as_bool());
  EXPECT_EQ(facts.at("installed").at("report").at("bytes_read_back"), 77);
}

TEST_F(Report, ItsPageHoldsEveryFieldOfTheDeviceAndNoMarkupOfIts) {
  note("hold", R"({"attempt":1,"phase":"queued","text":"</td><script>x</script>"})", "<img src=x onerror=y>");
  const auto page = report_page(report({{"id", "m-1"}, {"host", "<i>ward</i>"}}));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<i>"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(page.find("hidden: hpa sectors"), std::string::npos);
  EXPECT_NE(page.find("namespaces 2: bytes"), std::string::npos);
  EXPECT_NE(page.find("read-only, no mounts"), std::string::npos);
}

TEST_F(Report, OfDeletedEvidenceIsMadeFromItsRecord) {
  ASSERT_TRUE(bench.store->delete_evidence(id, {.actor = "K. <Meier>", .reason = "its time has come", .time = "2026-11-25T09:00:00.000Z"}, bench.key));
  ASSERT_TRUE(bench.store->reclaim());
  const auto facts = report();
  EXPECT_EQ(facts.at("deleted").at("reason"), "its time has come");
  EXPECT_TRUE(facts.at("evidence").at("signature").at("ok").as_bool());
  EXPECT_EQ(facts.at("gaps").at("ranges").as_array().size(), 1u) << "those of the record";
  EXPECT_EQ(facts.at("hashes").at("md5"), "0cc175b9c0f1b6a831c399e269772661");
  const auto page = report_page(facts);
  EXPECT_NE(page.find("The copy was deleted, 2026-11-25T09:00:00.000Z, by K. &lt;Meier&gt;: its time has come"), std::string::npos);
  EXPECT_EQ(page.find("The disk map is damaged"), std::string::npos);
}

TEST_F(Report, OfEvidenceThatIsThereSaysNothingOfADeletion) { EXPECT_TRUE(report().at("deleted").is_null()); }

TEST_F(Report, ItsPageShowsWhatStartsThePcAndNotTheRawVariables) {
  auto facts = report();
  facts["disk"].as_object()["machine_firmware"] = json::parse(
      R"({"boot":{"order":["0003"],"entries":[{"number":"0003","active":true,"description":"Evil <Loader>","file":"\\EFI\\evil.efi"},7]},)"
      R"("variables":[{"name":"dbx","value":"UkFXVkFMVUU="}],"tpm_log":{"bytes":3,"sha256":"ba78"},"notes":["one",2]})");
  const auto page = report_page(facts);
  EXPECT_NE(page.find("Evil &lt;Loader&gt;"), std::string::npos);
  EXPECT_NE(page.find("\\EFI\\evil.efi"), std::string::npos);
  EXPECT_NE(page.find("<code>ba78</code>"), std::string::npos);
  EXPECT_EQ(page.find("UkFXVkFMVUU="), std::string::npos);
}

TEST_F(Report, ALongListIsCutOnThePageAndSaysSo) {
  auto facts = report();
  json::array ranges;
  for (std::size_t i = 0; i < kMostRows + 7; ++i) ranges.push_back(json::object{{"first_sector", i}});
  facts["gaps"].as_object()["ranges"] = std::move(ranges);
  EXPECT_NE(report_page(facts).find("7 more rows stand in the JSON report"), std::string::npos);
}

TEST_F(Report, OfEvidenceThatIsNotThereThereIsNone) {
  id = "ev-0000000000000000";
  const auto none = evidence_report({.files = bench.files, .store = *bench.store, .store_path = "store", .trusted = {}, .now = {}, .made_by = {}}, id);
  EXPECT_EQ(none.error().code, hw::Code::kNotFound);
}

}  // namespace
}  // namespace resus::report
