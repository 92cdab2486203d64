// Images, evidence, custody and jobs of a whole running depot: web/API.md.
#include <filesystem>
#include <fstream>

#include "tests/support/store_api.hpp"

namespace resus::test {
namespace {

namespace json = boost::json;

TEST_F(StoreApi, ShowsEvidenceWithItsSignedRecord) {
  const auto shown = object_of(get("/evidence/" + evidence));
  EXPECT_EQ(shown.at("disk_bytes"), kRoomDiskBytes);
  EXPECT_EQ(shown.at("record").at("sha256"), shown.at("sha256"));
  EXPECT_EQ(object_of(get("/evidence")).at("evidence").as_array().size(), 1u);
  EXPECT_EQ(code_of(get("/evidence/ev-0000000000000000")), "E-FOUND-01");
}

TEST_F(StoreApi, ShowsAnImageByNameWithItsManifest) {
  const auto shown = object_of(get("/images/ward"));
  EXPECT_EQ(shown.at("id").as_string(), room.image_id());
  EXPECT_EQ(shown.at("manifest").at("root"), shown.at("root"));
  EXPECT_EQ(get("/images/other").status, 404u);
}

TEST_F(StoreApi, StreamsTheDiskThatWasCopied) {
  const auto whole = raw();
  ASSERT_EQ(whole.status, 200u);
  ASSERT_EQ(whole.body.size(), kRoomDiskBytes);
  const auto sha256 = to_hex(imaging::sha256(std::as_bytes(std::span(whole.body))));
  EXPECT_EQ(object_of(get("/evidence/" + evidence)).at("sha256").as_string(), sha256);
  const auto lines = custody("evidence.export");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].at("evidence").as_string(), evidence);
  EXPECT_EQ(lines[0].at("length"), kRoomDiskBytes);
  const auto job = object_of(get("/jobs/" + std::string(lines[0].at("job").as_string())));
  EXPECT_EQ(job.at("kind"), "evidence.export");
}

TEST_F(StoreApi, StreamsAnyPartOfADisk) {
  const auto whole = raw().body;
  for (const auto& [range, offset, length] : {std::tuple{"bytes=0-0", 0u, 1u}, {"bytes=4095-8193", 4095u, 4099u},
                                              {"bytes=1048000-3145000", 1048000u, 2097001u}, {"bytes=-5", unsigned{kRoomDiskBytes} - 5, 5u}}) {
    const auto part = raw(range);
    EXPECT_EQ(part.status, 206u) << range;
    EXPECT_EQ(part.body, whole.substr(offset, length)) << range;
  }
  EXPECT_EQ(raw("bytes=" + std::to_string(kRoomDiskBytes) + "-").status, 416u);
  EXPECT_EQ(custody("evidence.export").size(), 5u) << "one line for each that was sent, none for what was refused";
}

TEST_F(StoreApi, TellsTheSizeOfAnExportWithoutMakingOne) {
  EXPECT_EQ(raw({}, "HEAD").body, "");
  EXPECT_TRUE(custody("evidence.export").empty());
}

TEST_F(StoreApi, AnExportOfADamagedDiskBreaksOffAndSaysWhy) {
  const auto packs = room.data() + "/store/packs";
  for (const auto& entry : std::filesystem::directory_iterator(packs)) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(24);  // in the first frame's data
    file.write("\x55\xaa\x55\xaa\x55\xaa", 6);
  }
  EXPECT_EQ(raw().status, 0u) << "no whole answer";
  json::object job;
  do {
    job = object_of(get("/jobs")).at("jobs").as_array().at(0).as_object();
  } while (job.at("state") == "running");
  EXPECT_EQ(job.at("state"), "failed");
  EXPECT_EQ(job.at("problem").at("code"), "E-EVID-02");
  const auto report = ended(post("/evidence/" + evidence + "/verify"));
  EXPECT_EQ(report.at("state"), "done");
  EXPECT_EQ(report.at("result").at("ok"), false);
  EXPECT_FALSE(report.at("result").at("damaged_ranges").as_array().empty());
  EXPECT_EQ(custody("evidence.verify").at(0).at("ok"), false);
}

TEST_F(StoreApi, ChecksEvidenceAsAJob) {
  const auto job = ended(post("/evidence/" + evidence + "/verify"));
  EXPECT_EQ(job.at("state"), "done");
  EXPECT_EQ(job.at("result").at("ok"), true);
  EXPECT_EQ(job.at("result").at("bytes_checked"), kRoomDiskBytes);
  EXPECT_EQ(job.at("total"), kRoomDiskBytes);
  EXPECT_EQ(custody("evidence.verify").at(0).at("job"), job.at("id"));
  EXPECT_EQ(post("/evidence/ev-0/verify").status, 404u);
}

TEST_F(StoreApi, ReportsWhatIsKnownOfEvidenceAndItsMachine) {
  ASSERT_EQ(ended(post("/evidence/" + evidence + "/verify")).at("state"), "done");
  const auto report = object_of(get("/evidence/" + evidence + "/report.json"));
  EXPECT_EQ(report.at("evidence").at("signature").at("ok"), true);
  EXPECT_EQ(report.at("machine").at("id"), report.at("evidence").at("machine"));
  EXPECT_EQ(report.at("machine").at("identity").at("smbios").at("serial"), "ABC123");
  EXPECT_EQ(report.at("people").at("approvals").as_array().size(), 1u);
  EXPECT_EQ(report.at("verification").at("ok"), true);
  EXPECT_EQ(report.at("custody").at("ok"), true);
  EXPECT_GE(report.at("times").at("stages").as_array().size(), 3u);
  const auto page = get("/evidence/" + evidence + "/report");
  EXPECT_EQ(page.status, 200u);
  EXPECT_NE(page.body.find("<h1>Evidence report: "), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_EQ(get("/evidence/ev-0/report").status, 404u);
  EXPECT_EQ(as("wall", "GET", "/evidence/" + evidence + "/report").status, 403u);
  EXPECT_EQ(as("viewer", "GET", "/evidence/" + evidence + "/report").status, 200u);
}

TEST_F(StoreApi, KeepsEvidenceThatARecoveryRestsOnAndDeletesItWhenThatIsCancelled) {
  const json::object order{{"reason", "closed"}, {"override_reason", "judge"}, {"confirm", json::object{{"id", evidence}}}};
  const auto kept = post("/evidence/" + evidence + "/delete", order);
  EXPECT_EQ(kept.status, 409u);
  EXPECT_EQ(code_of(kept), "E-EVID-03");
  EXPECT_NE(kept.body.find("rests on"), std::string::npos);
  const auto machine = std::string(object_of(get("/evidence/" + evidence)).at("machine_id").as_string());
  ASSERT_EQ(room.act("cancel", machine, "B07").at("ok"), true);
  EXPECT_EQ(post("/evidence/" + evidence + "/delete", {{"reason", "closed"}, {"override_reason", "judge"}}).status, 409u) << "the id again";
  const auto job = ended(post("/evidence/" + evidence + "/delete", order));
  EXPECT_EQ(job.at("state"), "done") << json::serialize(job);
  EXPECT_EQ(get("/evidence/" + evidence).status, 404u);
  EXPECT_EQ(object_of(get("/deleted-evidence")).at("deleted").as_array().at(0).at("reason"), "closed");
  EXPECT_EQ(custody("evidence.delete").size(), 1u);
}

TEST_F(StoreApi, HoldsAndDeletionWantTheirRoles) {
  const auto address = "/evidence/" + evidence;
  const auto reason = R"({"reason":"case 12"})";
  EXPECT_EQ(as("technician", "POST", address + "/hold", reason).status, 403u);
  EXPECT_EQ(as("supervisor", "POST", address + "/hold", reason).status, 204u);
  EXPECT_EQ(object_of(get(address)).at("retention").at("holds").as_array().size(), 1u);
  EXPECT_EQ(as("supervisor", "POST", address + "/unhold", reason).status, 403u);
  EXPECT_EQ(as("supervisor", "POST", address + "/delete", reason).status, 403u);
  EXPECT_EQ(as("admin", "POST", address + "/unhold", R"({"reason":" "})").status, 400u);
  EXPECT_EQ(as("admin", "POST", address + "/unhold", reason).status, 204u);
  EXPECT_EQ(as("admin", "POST", address + "/unhold", reason).status, 409u);
}

TEST_F(StoreApi, LabelsLeadToTheMachineAndItsEvidence) {
  const auto machine = std::string(object_of(get("/evidence/" + evidence)).at("machine_id").as_string());
  const auto page = get("/labels?ids=" + machine);
  EXPECT_EQ(page.status, 200u);
  EXPECT_NE(page.body.find(evidence), std::string::npos);
  EXPECT_EQ(get("/labels?ids=m-nobody").status, 404u);
  EXPECT_EQ(get("/labels?ids=").status, 400u);
  EXPECT_EQ(get("/labels?ids=" + machine + "&paper=a5").status, 400u);
  EXPECT_EQ(as("wall", "GET", "/labels?ids=" + machine).status, 403u);
}

TEST_F(StoreApi, ChecksAnImageAndRemembersTheVerdict) {
  EXPECT_TRUE(object_of(get("/images/ward")).at("verified").is_null());
  EXPECT_EQ(ended(post("/images/ward/verify")).at("result").at("ok"), true);
  EXPECT_EQ(object_of(get("/images/ward")).at("verified"), true);
  EXPECT_EQ(custody("image.verify").size(), 1u);
}

TEST_F(StoreApi, ImportsAnImageWhileItRuns) {
  auto& disk = room.disks().add(2 * imaging::kSegmentBytes + 512);
  disk.fill(0, mixed_disk(2 * imaging::kSegmentBytes + 512, 11));
  const auto job = ended(import(disk.identity.path, "lab pc"));
  ASSERT_EQ(job.at("state"), "done") << json::serialize(job);
  const auto id = std::string(job.at("result").at("id").as_string());
  EXPECT_EQ(object_of(get("/images/lab%20pc")).at("id").as_string(), id);
  EXPECT_EQ(ended(post("/images/" + id + "/verify")).at("result").at("ok"), true);
  EXPECT_EQ(custody("image.import").at(0).at("source").as_string(), disk.identity.path);
  EXPECT_EQ(ended(import(disk.identity.path, "lab pc")).at("result").at("id").as_string(), id) << "the same content is the same image";
  EXPECT_EQ(ended(import(evidence, "lab pc")).at("problem").at("code"), "E-CONFLICT-01") << "the name is another image's";
}

TEST_F(StoreApi, ImportsAnImageFromEvidence) {
  EXPECT_EQ(ended(import(evidence, "from evidence")).at("state"), "done");
  EXPECT_EQ(object_of(get("/images/from%20evidence")).at("sha256"), object_of(get("/evidence/" + evidence)).at("sha256"));
}

TEST_F(StoreApi, RefusesSourcesItMustNotRead) {
  EXPECT_EQ(import("/dev/not-there", "a").status, 404u);
  EXPECT_EQ(import("ev-0000000000000000", "a").status, 404u);
  EXPECT_EQ(import("relative.img", "a").status, 400u);
  EXPECT_EQ(import(room.data() + "/store/keys/signing.pem", "a").status, 400u) << "the depot's own keys";
  EXPECT_EQ(import("/tmp/.." + room.data() + "/keys/../store/keys/signing.pem", "a").status, 400u);
  EXPECT_EQ(import(room.disks().add(0).identity.path, "a").status, 400u) << "an empty disk";
  EXPECT_EQ(object_of(get("/jobs")).at("jobs").as_array().size(), 0u);
}

TEST_F(StoreApi, RefusesRequestsThatAreNotWhatItTakes) {
  for (const auto* name : {"", "img-0123", "ev-1", "a/b", "line\nbreak"}) EXPECT_EQ(import(evidence, name).status, 400u) << name;
  EXPECT_EQ(import(evidence, std::string(101, 'x')).status, 400u);
  EXPECT_EQ(room.operate("POST", "/api/v1/images", "[]").status, 400u);
  EXPECT_EQ(post("/images", {{"source", evidence}}).status, 400u);
  EXPECT_EQ(room.operate("PUT", "/api/v1/images/ward", "{}").status, 405u);
  EXPECT_EQ(post("/images", {{"source", "/" + std::string(5000, 'x')}, {"name", "a"}}).status, 400u);
}

TEST_F(StoreApi, AsksForARoleThatIsEnough) {
  const auto verify = "/evidence/" + evidence + "/verify";
  const auto body = R"({"source":")" + evidence + R"(","name":"a"})";
  EXPECT_EQ(as("viewer", "GET", "/evidence/" + evidence).status, 200u);
  EXPECT_EQ(as("viewer", "GET", "/jobs").status, 200u);
  EXPECT_EQ(as("viewer", "GET", "/custody").status, 200u);
  EXPECT_EQ(as("wall", "GET", "/jobs").status, 403u);
  EXPECT_EQ(as("viewer", "POST", verify).status, 403u);
  EXPECT_EQ(as("technician", "POST", verify).status, 202u);
  EXPECT_EQ(as("technician", "POST", "/images", body).status, 403u);
  EXPECT_EQ(as("supervisor", "POST", "/images", body).status, 202u);
  EXPECT_EQ(raw({}, "GET", token_of("technician")).status, 403u);
  EXPECT_EQ(raw({}, "GET", token_of("supervisor")).status, 200u);
  EXPECT_EQ(raw({}, "GET", "nobody").status, 401u);
}

TEST_F(StoreApi, OnlyASupervisorCancelsTheJobsOfOthers) {
  EXPECT_EQ(as("technician", "DELETE", "/jobs/job-0").status, 404u);
  const auto job = ended(post("/evidence/" + evidence + "/verify"));
  const auto address = "/jobs/" + std::string(job.at("id").as_string());
  EXPECT_EQ(as("technician", "DELETE", address).status, 403u);
  EXPECT_EQ(as("supervisor", "DELETE", address).status, 409u) << "it has ended";
}

TEST_F(StoreApi, ChecksTheCustodyLogUpToTheHeadItHolds) {
  const auto before = object_of(get("/custody"));
  EXPECT_TRUE(before.at("verdict").is_null());
  const auto job = ended(post("/custody/verify"));
  EXPECT_EQ(job.at("result").at("ok"), true);
  EXPECT_EQ(job.at("result").at("head"), before.at("head"));
  EXPECT_EQ(job.at("unit"), "lines");
  const auto after = object_of(get("/custody"));
  EXPECT_EQ(after.at("verdict").at("ok"), true);
  EXPECT_EQ(after.at("entries").as_int64(), before.at("entries").as_int64() + 1) << "the check has left its line";
}

TEST_F(StoreApi, FindsThatTheCustodyLogWasCutOffWhileItRuns) {
  const auto log = room.data() + "/store/custody.log";
  std::ifstream file(log);
  std::string first;
  std::getline(file, first);
  std::filesystem::resize_file(log, first.size() + 1);
  const auto job = ended(post("/custody/verify"));
  EXPECT_EQ(job.at("result").at("ok"), false);
  EXPECT_NE(job.at("result").at("problem").as_string().find("cut off"), std::string::npos);
}

TEST_F(StoreApi, ShowsAfterARestartHowItsJobsEndedAndWhatWasInterrupted) {
  const auto kept = ended(import(evidence, "kept"));
  ASSERT_EQ(kept.at("state"), "done");
  const auto large = long_import();
  room.restart();
  EXPECT_EQ(get("/images/kept").status, 200u);
  EXPECT_EQ(job(kept).at("result"), kept.at("result"));
  const auto cut = job(large);
  EXPECT_EQ(cut.at("state"), "interrupted");
  EXPECT_EQ(cut.at("problem").at("code"), "E-CANCEL-01");
  EXPECT_FALSE(cut.at("problem").at("next_action").as_string().empty());
  EXPECT_FALSE(cut.at("finished_at").is_null());
  EXPECT_EQ(cut.at("retry"), true);
  EXPECT_EQ(get("/images/large").status, 404u) << "nothing half done is there";
}

TEST_F(StoreApi, GoesOnUnderItsIdWithACheckThatARestartInterrupted) {
  const auto before = object_of(post("/custody/verify"));
  room.restart();
  const auto after = ended_job(before);
  EXPECT_EQ(after.at("state"), "done");
  EXPECT_EQ(after.at("created_at"), before.at("created_at"));
  EXPECT_EQ(after.at("actor"), before.at("actor"));
  EXPECT_EQ(after.at("result").at("ok"), true);
}

TEST_F(StoreApi, BeginsAnInterruptedImportAgainWhenAskedTo) {
  const auto cut = long_import();
  room.restart();
  const auto again = ended(post("/jobs/" + std::string(cut.at("id").as_string()) + "/retry"));
  EXPECT_EQ(again.at("state"), "done");
  EXPECT_NE(again.at("id"), cut.at("id"));
  EXPECT_EQ(get("/images/large").status, 200u);
  EXPECT_EQ(post("/jobs/" + std::string(again.at("id").as_string()) + "/retry").status, 409u) << "it succeeded";
  EXPECT_EQ(post("/jobs/job-0/retry").status, 404u);
}

TEST_F(StoreApi, TakesNoMoreOfAJobThatCannotBeReadThanALineInTheLog) {
  ASSERT_EQ(ended(post("/custody/verify")).at("state"), "done");
  room.restart([&] {
    auto catalogue = depot::open_sqlite_catalogue(room.data() + "/catalogue.db").value();
    ASSERT_TRUE(catalogue->put_job({.id = "job-broken", .ended = false, .document = "{\"id\":7}"}));
  });
  EXPECT_EQ(object_of(get("/jobs")).at("jobs").as_array().size(), 1u);
}

}  // namespace
}  // namespace resus::test
