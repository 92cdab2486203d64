// What investigators ask of a whole running depot: web/API.md, "POST /api/v1/store/search" and its neighbours.
#include <filesystem>
#include <fstream>

#include "imaging/base64.hpp"
#include "tests/support/store_api.hpp"

namespace resus::test {
namespace {

namespace json = boost::json;

class AnalysisApi : public StoreApi {
 protected:
  transport::ClientAnswer diff(const std::string& id) { return post("/evidence/" + id + "/diff", {{"against", "ward"}, {"blocks_only", true}}); }
  transport::ClientAnswer search(const json::object& what) { return post("/store/search", what); }
  /// Text that stands on the disk.
  std::string some_bytes(std::size_t offset, std::size_t count) {
    const auto disk = mixed_disk(kRoomDiskBytes, 7);
    return {reinterpret_cast<const char*>(disk.data()) + offset, count};
  }
  void damage_the_golden_image() {
    std::fstream file(room.data() + "/store/images/" + room.image_id() + "/image.img.zst", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.write("\x55\xaa\x55\xaa", 4);
  }
};

TEST_F(AnalysisApi, SubtractsTheGoldenImageAsAJobAndNotesIt) {
  const auto job = ended(diff(evidence));
  ASSERT_EQ(job.at("state"), "done") << json::serialize(job);
  EXPECT_EQ(job.at("kind"), "evidence.diff");
  const auto& bytes = job.at("result").at("bytes").as_object();
  EXPECT_GT(bytes.at("not_golden").to_number<std::uint64_t>(), 0u) << "the machine was in use";
  EXPECT_EQ(bytes.at("same").to_number<std::uint64_t>() + bytes.at("elsewhere").to_number<std::uint64_t>() + bytes.at("not_golden").to_number<std::uint64_t>() +
                bytes.at("empty").to_number<std::uint64_t>(), kRoomDiskBytes);
  EXPECT_EQ(job.at("result").at("image_name"), "ward");
  const auto line = custody("evidence.diff").at(0);
  EXPECT_EQ(line.at("evidence").as_string(), evidence);
  EXPECT_EQ(line.at("image").as_string(), room.image_id());
  EXPECT_EQ(line.at("not_golden_bytes"), bytes.at("not_golden"));
  EXPECT_EQ(line.at("job"), job.at("id"));
}

TEST_F(AnalysisApi, ComparesOnlyWhatIsThere) {
  EXPECT_EQ(diff("ev-0000000000000000").status, 404u);
  EXPECT_EQ(post("/evidence/" + evidence + "/diff", {{"against", "no such image"}}).status, 404u);
  EXPECT_EQ(post("/evidence/" + evidence + "/diff").status, 400u);
  EXPECT_TRUE(object_of(get("/jobs")).at("jobs").as_array().empty());
}

TEST_F(AnalysisApi, WhatIsDeletedBeforeTheTurnOfAComparisonSaysSo) {
  const auto machine = std::string(object_of(get("/evidence/" + evidence)).at("machine_id").as_string());
  ASSERT_EQ(room.act("cancel", machine, "B07").at("ok"), true);
  const auto large = long_import();
  const auto deletion = post("/evidence/" + evidence + "/delete", {{"reason", "closed"}, {"override_reason", "judge"}, {"confirm", json::object{{"id", evidence}}}});
  const auto waiting = object_of(diff(evidence));
  ASSERT_EQ(room.operate("DELETE", "/api/v1/jobs/" + std::string(large.at("id").as_string()), "{}").status, 202u);
  ASSERT_EQ(ended(deletion).at("state"), "done");
  const auto job = ended_job(waiting);
  EXPECT_EQ(job.at("problem").at("code"), "E-FOUND-01");
  EXPECT_NE(job.at("problem").at("detail").as_string().find("was deleted at"), std::string::npos);
  EXPECT_TRUE(custody("evidence.diff").empty());
}

TEST_F(AnalysisApi, FindsAPatternAndKeepsItOutOfTheCustodyLog) {
  const auto pattern = some_bytes(5000, 24);
  const auto job = ended(search({{"pattern", imaging::base64_encode(pattern)}}));
  ASSERT_EQ(job.at("state"), "done") << json::serialize(job);
  const auto& disks = job.at("result").at("disks").as_array();
  ASSERT_EQ(disks.size(), 2u) << "the golden image and the copy";
  EXPECT_EQ(disks[1].at("id").as_string(), evidence);
  EXPECT_EQ(disks[1].at("offsets_bytes").at(0), 5000);
  EXPECT_EQ(job.at("subject"), "pattern of 24 bytes");
  const auto line = custody("store.search").at(0);
  EXPECT_EQ(line.at("sha256").as_string(), to_hex(imaging::sha256(std::as_bytes(std::span(pattern)))));
  EXPECT_EQ(line.at("disks"), 2);
  EXPECT_EQ(line.at("complete"), true);
}

TEST_F(AnalysisApi, FindsABlockAndAWholeDisk) {
  const auto block = some_bytes(4096, 4096);
  const auto id = to_hex(imaging::sha256(std::as_bytes(std::span(block))));
  EXPECT_EQ(ended(search({{"block", id}})).at("result").at("disks").as_array().size(), 2u);
  const auto disk = object_of(get("/evidence/" + evidence)).at("sha256");
  const auto found = ended(search({{"sha256", disk}})).at("result");
  EXPECT_EQ(found.at("disks").as_array().size(), 0u);
  ASSERT_EQ(found.at("whole_disks").as_array().size(), 1u);
  EXPECT_EQ(found.at("whole_disks").at(0).at("id").as_string(), evidence);
}

TEST_F(AnalysisApi, ListsOnlySoManyPlacesAndCountsThemAll) {
  const auto found = ended(search({{"pattern", imaging::base64_encode(std::string("the same page again "))}, {"limit", 4'000'000'000u}}));
  EXPECT_EQ(found.at("state"), "done");
  EXPECT_EQ(search({{"pattern", "YWJj"}}).status, 400u) << "three bytes";
  EXPECT_EQ(search({}).status, 400u);
  EXPECT_EQ(search({{"pattern", std::string(300 * 1024, 'A')}}).status, 413u);
}

TEST_F(AnalysisApi, ReadsTheStoreAgainAndNamesTheDisksThatDamageTouches) {
  EXPECT_EQ(ended(post("/store/scrub")).at("result").at("ok"), true);
  damage_the_golden_image();
  const auto job = ended(post("/store/scrub"));
  EXPECT_EQ(job.at("state"), "done");
  EXPECT_EQ(job.at("result").at("ok"), false);
  EXPECT_EQ(job.at("result").at("affected").as_array().size(), 2u);
  const auto lines = custody("store.scrub");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].at("ok"), true);
  EXPECT_EQ(lines[1].at("affected"), 2);
}

TEST_F(AnalysisApi, AsksForARoleThatIsEnoughAndShowsContentToNoOther) {
  const auto pattern = json::serialize(json::object{{"pattern", imaging::base64_encode(some_bytes(5000, 24))}});
  const auto against = R"({"against":"ward","blocks_only":true})";
  EXPECT_EQ(as("technician", "POST", "/evidence/" + evidence + "/diff", against).status, 403u);
  EXPECT_EQ(as("technician", "POST", "/store/search", pattern).status, 403u);
  EXPECT_EQ(as("viewer", "POST", "/store/scrub").status, 403u);
  EXPECT_EQ(as("technician", "POST", "/store/scrub").status, 202u);
  const auto job = ended(as("supervisor", "POST", "/store/search", pattern));
  const auto address = "/jobs/" + std::string(job.at("id").as_string());
  EXPECT_EQ(object_of(as("supervisor", "GET", address)).at("result").at("disks").as_array().size(), 2u);
  EXPECT_TRUE(object_of(as("technician", "GET", address)).at("result").as_object().empty());
  EXPECT_TRUE(object_of(as("supervisor", "GET", "/jobs")).at("jobs").at(0).at("result").as_object().empty());
}

TEST_F(AnalysisApi, ARepeatedRequestIsOneJob) {
  const StoreApi::Headers key{{"Idempotency-Key", "k-1"}};
  const auto first = room.operate("POST", "/api/v1/store/scrub", "{}", key), second = room.operate("POST", "/api/v1/store/scrub", "{}", key);
  EXPECT_EQ(object_of(first).at("id"), object_of(second).at("id"));
  EXPECT_EQ(object_of(get("/jobs")).at("jobs").as_array().size(), 1u);
}

TEST_F(AnalysisApi, ARestartBeginsSearchAndScrubAgainAndLeavesAComparisonToPeople) {
  const auto large = long_import();  // everything below waits for it
  const auto compared = object_of(diff(evidence));
  const auto scrubbed = object_of(post("/store/scrub"));
  const auto found = object_of(search({{"pattern", imaging::base64_encode(some_bytes(5000, 24))}}));
  const auto left = room.data() + "/work/resus-diff-1/evidence";
  room.restart([&] { std::filesystem::create_directories(left); });
  EXPECT_FALSE(std::filesystem::exists(left)) << "what a killed run left";
  EXPECT_EQ(ended_job(job(scrubbed)).at("result").at("ok"), true);
  EXPECT_EQ(ended_job(job(found)).at("result").at("disks").as_array().size(), 2u);
  const auto cut = job(compared);
  EXPECT_EQ(cut.at("state"), "interrupted");
  EXPECT_EQ(cut.at("retry"), true);
  const auto address = "/jobs/" + std::string(cut.at("id").as_string()) + "/retry";
  EXPECT_EQ(as("technician", "POST", address).status, 403u);
  EXPECT_EQ(ended(post(address)).at("result").at("evidence").as_string(), evidence);
}

}  // namespace
}  // namespace resus::test
