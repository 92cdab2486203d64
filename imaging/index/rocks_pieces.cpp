#include "imaging/index/rocks_pieces.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cstring>

#include "hw/log.hpp"
#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

// Keys: "p" + 16 bytes of a piece's id, "s" + id of a source, "v". A place is pack, frame, index: 4 + 4 + 1 bytes.
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kPlaceBytes = 9;
constexpr std::string_view kVersionKey = "v";
constexpr std::string_view kVersion = "1";

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

rocksdb::Options options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(32 << 20);
  // Filters and indexes grow with the number of pieces; in the cache, and in parts, they do not grow the memory.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kNoCompression;  // keys are random
  options.write_buffer_size = 8 << 20;
  options.max_write_buffer_number = 2;
  options.max_open_files = 128;
  options.max_total_wal_size = 32 << 20;
  options.keep_log_file_num = 1;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

std::string key_of(const Digest& id) {
  std::string key(1 + kIdBytes, 'p');
  std::memcpy(key.data() + 1, id.bytes.data(), kIdBytes);
  return key;
}

std::string encode(const BlockPlace& place) {
  ByteWriter out;
  out.u32(place.frame.pack);
  out.u32(place.frame.frame);
  out.u8(static_cast<std::uint8_t>(place.index));
  return out.take();
}

std::optional<BlockPlace> decode(std::string_view value) {
  if (value.size() != kPlaceBytes) return std::nullopt;
  ByteReader in(value);
  BlockPlace place;
  place.frame.pack = in.u32().value();
  place.frame.frame = in.u32().value();
  place.index = in.u8().value();
  return place;
}

class RocksPieces final : public KnownPieces {
 public:
  explicit RocksPieces(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}

  Result<void> lookup(std::span<const Digest> ids, std::span<std::optional<BlockPlace>> places) override {
    std::vector<std::string> keys;
    for (const auto& id : ids) keys.push_back(key_of(id));
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> states(keys.size());
    db_->MultiGet({}, db_->DefaultColumnFamily(), slices.size(), slices.data(), values.data(), states.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      places[i].reset();
      if (states[i].ok()) {
        places[i] = decode({values[i].data(), values[i].size()});
      } else if (!states[i].IsNotFound()) {
        return hw::fail(hw::Code::kRead, states[i].ToString());
      }
    }
    return hw::success();
  }

  Result<void> insert(std::span<const Piece> pieces) override {
    rocksdb::WriteBatch batch;
    for (const auto& piece : pieces) {
      if (auto put = batch.Put(key_of(piece.id), encode(piece.first)); !put.ok()) return failed(put);
    }
    return write(batch);
  }

  Result<bool> has_source(std::string_view id) override {
    std::string value;
    const auto state = db_->Get({}, source_key(id), &value);
    if (state.ok() || state.IsNotFound()) return state.ok();
    return hw::fail(hw::Code::kRead, state.ToString());
  }

  Result<void> add_source(std::string_view id) override {
    rocksdb::WriteBatch batch;
    if (auto put = batch.Put(source_key(id), ""); !put.ok()) return failed(put);
    return write(batch);
  }

 private:
  static std::string source_key(std::string_view id) { return "s" + std::string(id); }
  static Result<void> failed(const rocksdb::Status& state) { return hw::fail(hw::Code::kWrite, state.ToString()); }
  // Not synced: RocksDB loses writes from the end only, so that a source that is there has its pieces there.
  Result<void> write(rocksdb::WriteBatch& batch) {
    const auto state = db_->Write({}, &batch);
    return state.ok() ? Result<void>(hw::success()) : failed(state);
  }
  std::unique_ptr<rocksdb::DB> db_;
};

/// Open, and known to be ours.
rocksdb::Status open_version(const std::string& folder, std::unique_ptr<rocksdb::DB>& db) {
  rocksdb::DB* opened = nullptr;
  if (auto state = rocksdb::DB::Open(options(), folder, &opened); !state.ok()) return state;
  db.reset(opened);
  std::string version;
  const auto state = db->Get({}, slice(kVersionKey), &version);
  if (state.IsNotFound()) return db->Put({}, slice(kVersionKey), slice(kVersion));
  if (!state.ok() || version == kVersion) return state;
  return rocksdb::Status::NotSupported("version " + version);
}

}  // namespace

Result<std::unique_ptr<KnownPieces>> open_rocks_pieces(const std::string& folder) {
  std::unique_ptr<rocksdb::DB> db;
  auto state = open_version(folder, db);
  if (!state.ok()) {
    hw::log(hw::LogLevel::kWarning, "imaging", "index of pieces is begun anew: " + state.ToString());
    db.reset();
    if (state = rocksdb::DestroyDB(folder, options()); state.ok()) state = open_version(folder, db);
  }
  if (!state.ok()) return hw::fail(hw::Code::kWrite, "index of pieces " + folder + ": " + state.ToString());
  return std::unique_ptr<KnownPieces>(std::make_unique<RocksPieces>(std::move(db)));
}

}  // namespace resus::imaging
