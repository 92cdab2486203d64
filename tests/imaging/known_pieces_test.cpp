// What imaging/known_pieces.hpp promises, demanded from the index on disk and from the tests' own in memory.
#include <gtest/gtest.h>

#include <fstream>

#include "imaging/index/rocks_pieces.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/memory_pieces.hpp"
#include "tests/support/temporary_directory.hpp"

namespace resus::imaging {
namespace {

struct InMemory {
  std::shared_ptr<test::MemoryPieces::Content> content = std::make_shared<test::MemoryPieces::Content>();
  std::unique_ptr<KnownPieces> open() { return std::make_unique<test::MemoryPieces>(content); }
};

struct InRocksDb {
  test::TemporaryDirectory folder;
  std::unique_ptr<KnownPieces> open() { return open_rocks_pieces(folder.file("index")).value(); }
};

Digest id_of(std::uint64_t n) { return sha256(std::as_bytes(std::span(&n, 1))); }

Piece piece(std::uint32_t n) {
  return {.id = id_of(n), .first = {.frame = {.pack = n + 1, .frame = 0xFFFFFFF0u + n % 16}, .index = n % 241}};
}

std::optional<BlockPlace> find(KnownPieces& pieces, const Digest& id) {
  std::optional<BlockPlace> place;
  pieces.lookup({&id, 1}, {&place, 1}).value();
  return place;
}

template <class Bench>
class KnownPiecesContract : public testing::Test {
 protected:
  Bench bench_;
  std::unique_ptr<KnownPieces> pieces_ = bench_.open();
};
using Indexes = testing::Types<InMemory, InRocksDb>;
TYPED_TEST_SUITE(KnownPiecesContract, Indexes);

TYPED_TEST(KnownPiecesContract, FindsWhatWasEnteredAndNothingElse) {
  std::vector<Piece> entered;
  for (std::uint32_t n = 0; n < 3000; ++n) entered.push_back(piece(n));
  ASSERT_TRUE(this->pieces_->insert(entered));
  std::vector<Digest> ids;
  for (std::uint32_t n = 0; n < 6000; ++n) ids.push_back(id_of(n));
  std::vector<std::optional<BlockPlace>> places(ids.size(), BlockPlace{});
  ASSERT_TRUE(this->pieces_->lookup(ids, places));
  for (std::uint32_t n = 0; n < 6000; ++n) {
    ASSERT_EQ(places[n], n < 3000 ? std::optional(piece(n).first) : std::nullopt) << n;
  }
}

TYPED_TEST(KnownPiecesContract, TheLastPlaceCounts) {
  auto moved = piece(7);
  ASSERT_TRUE(this->pieces_->insert({&moved, 1}));
  moved.first.frame.pack = 99;
  ASSERT_TRUE(this->pieces_->insert({&moved, 1}));
  EXPECT_EQ(find(*this->pieces_, moved.id), moved.first);
}

TYPED_TEST(KnownPiecesContract, OutlivesTheProcess) {
  const auto one = piece(1);
  ASSERT_TRUE(this->pieces_->insert({&one, 1}));
  ASSERT_TRUE(this->pieces_->add_source("ev-1"));
  this->pieces_.reset();
  this->pieces_ = this->bench_.open();
  EXPECT_EQ(find(*this->pieces_, one.id), one.first);
  EXPECT_TRUE(this->pieces_->has_source("ev-1").value());
  EXPECT_FALSE(this->pieces_->has_source("ev-2").value());
}

TEST(RocksPieces, BeginsAnewWhenItsFilesAreDamaged) {
  InRocksDb bench;
  const auto one = piece(1);
  {
    const auto pieces = bench.open();
    ASSERT_TRUE(pieces->insert({&one, 1}));
    ASSERT_TRUE(pieces->add_source("ev-1"));
  }
  std::ofstream(bench.folder.file("index/CURRENT"), std::ios::trunc) << "no manifest\n";
  const auto pieces = bench.open();
  EXPECT_EQ(find(*pieces, one.id), std::nullopt);
  EXPECT_FALSE(pieces->has_source("ev-1").value());
}

TEST(RocksPieces, SaysThatItsFolderCannotBeWritten) {
  const test::TemporaryDirectory folder;
  std::ofstream(folder.file("index")) << "a file";
  EXPECT_EQ(open_rocks_pieces(folder.file("index")).error().code, hw::Code::kWrite);
}

}  // namespace
}  // namespace resus::imaging
