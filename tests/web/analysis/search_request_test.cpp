#include "web/analysis/search_request.hpp"

#include <gtest/gtest.h>

#include "tests/support/disk_content.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::analysis {
namespace {

namespace json = boost::json;

imaging::WantedFile wanted(std::size_t bytes) {
  test::MemoryFileSystem files;
  EXPECT_TRUE(files.open_append("wanted").value()->append(test::random_bytes(bytes, 3)));
  return imaging::wanted_file(*files.open_read("wanted").value()).value();
}

Result<Wanted> read(const json::object& object) {
  messages::Fields fields(object, "search");
  return wanted_from(fields);
}

/// There and back gives the same request.
void expect_kept(const Wanted& wanted) {
  const auto object = search_json(wanted);
  const auto again = read(object);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(search_json(again.value()), object);
  EXPECT_EQ(again.value().index(), wanted.index());
}

TEST(SearchRequest, ComesOutAsItWentIn) {
  expect_kept(WantedBlock{.id = imaging::sha256({}), .or_disk = false});
  expect_kept(WantedBlock{.id = imaging::sha256({}), .or_disk = true});
  expect_kept(WantedBytes{std::string("\0\xff\n\"bytes", 9)});
  for (const std::size_t bytes : {1u, 4096u, 4097u, 3u << 20, (2u << 20) + 5}) expect_kept(wanted(bytes));
}

TEST(SearchRequest, OfAFileHasOneIdForEachBlockAndTheBytesOfTheLast) {
  const auto file = wanted((1u << 20) + 4096 + 17);
  EXPECT_EQ(file.ids.size(), 258u);
  EXPECT_EQ(file.tail.size(), 17u);
  EXPECT_TRUE(imaging::check_wanted(file));
}

TEST(SearchRequest, WantsExactlyOneThing) {
  const auto id = to_hex(imaging::sha256({}));
  EXPECT_EQ(read({}).error().code, hw::Code::kBadInput);
  EXPECT_EQ(read({{"block", id}, {"sha256", id}}).error().code, hw::Code::kBadInput);
  EXPECT_EQ(read({{"block", "00"}}).error().code, hw::Code::kBadInput);
  EXPECT_EQ(read({{"pattern", "not base64"}}).error().code, hw::Code::kBadInput);
  EXPECT_EQ(read({{"pattern", "YWJj"}}).error().code, hw::Code::kUsage) << "three bytes are everywhere";
}

TEST(SearchRequest, RefusesAFileThatContradictsItself) {
  const auto good = search_json(wanted(5000)).at("file").as_object();
  json::object none, few, longer;
  none["ids"] = "";
  few["ids"] = "AAAA";
  longer["tail"] = std::string(1208, 'A');
  for (const auto& change : {json::object{{"bytes", 5001}}, json::object{{"bytes", 4096}}, json::object{{"bytes", UINT64_MAX}}, json::object{{"tail", ""}},
                             json::object{{"sha256", "00"}}, none, few, longer}) {
    auto wrong = good;
    for (const auto& field : change) wrong[field.key()] = field.value();
    json::object request;
    request["file"] = wrong;
    EXPECT_EQ(read(request).error().code, hw::Code::kBadInput) << json::serialize(change).substr(0, 40);
  }
}

}  // namespace
}  // namespace resus::analysis
