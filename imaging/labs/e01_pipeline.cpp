#include "imaging/labs/e01_pipeline.hpp"

#include <algorithm>

#include "imaging/bytes.hpp"
#include "imaging/labs/md5_sha1.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // a multiple of every chunk's length
constexpr std::size_t kPiecesAhead = 4;

std::span<const std::byte> some_zeros() {
  static const std::vector<std::byte> zeros(kPieceBytes);
  return zeros;
}

}  // namespace

struct E01Pipeline::Piece {
  struct Stored {
    std::size_t length_bytes = 0;
    bool compressed = false;
  };
  std::unique_ptr<std::byte[]> raw;  ///< room, made when first needed
  bool has_data = false;             ///< false: all zeros, `raw` is not looked at
  std::size_t bytes = 0;
  std::string stored;                ///< the chunks as the file has them, one after the other
  std::vector<Stored> chunks;
  bool is_compressed = false;
  [[nodiscard]] std::span<const std::byte> content() const {
    return has_data ? std::span<const std::byte>(raw.get(), bytes) : some_zeros().first(bytes);
  }
  void add(std::span<const std::byte> more) {
    if (!raw) raw = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
    if (!has_data) std::fill_n(raw.get(), bytes, std::byte{0});
    has_data = true;
    std::ranges::copy(more, raw.get() + bytes);
    bytes += more.size();
  }
  void add_zeros(std::size_t count) {
    if (has_data) std::fill_n(raw.get() + bytes, count, std::byte{0});
    bytes += count;
  }
  void clear() {
    has_data = is_compressed = false;
    bytes = 0;
    stored.clear();
    chunks.clear();
  }
};

E01Pipeline::Pool::Pool() = default;
E01Pipeline::Pool::~Pool() = default;

E01Pipeline::PiecePtr E01Pipeline::Pool::take() {
  std::unique_ptr<Piece> piece;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      piece = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!piece) piece = std::make_unique<Piece>();
  return PiecePtr(piece.release(), [this](Piece* used) { give(std::unique_ptr<Piece>(used)); });
}

void E01Pipeline::Pool::give(std::unique_ptr<Piece> piece) {
  piece->clear();
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(piece));
}

E01Pipeline::E01Pipeline(E01Encoder::Setup setup, E01Output& out, unsigned workers)
    : geometry_(setup.geometry), compression_(setup.data.compression), encoder_(std::move(setup), out),
      to_hash_(kPiecesAhead), to_compress_(kPiecesAhead + workers), to_write_(kPiecesAhead + 2 * workers) {
  failure_.on_failure([this] { cancel(); });
  threads_.emplace_back([this] { hash_loop(); });
  for (unsigned i = 0; i < std::max(1u, workers); ++i) threads_.emplace_back([this] { compress_loop(); });
  threads_.emplace_back([this] { write_loop(); });
}

E01Pipeline::~E01Pipeline() { cancel(); }

void E01Pipeline::cancel() {
  to_hash_.cancel();
  to_compress_.cancel();
  to_write_.cancel();
}

void E01Pipeline::join() {
  to_hash_.close();
  to_compress_.close();
  to_write_.close();
  threads_.clear();
}

Result<void> E01Pipeline::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!gathering_) gathering_ = pool_.take();
    const auto part = bytes.first(std::min(bytes.size(), kPieceBytes - gathering_->bytes));
    gathering_->add(part);
    bytes = bytes.subspan(part.size());
    RESUS_TRY(pass_on_full());
  }
  return hw::success();
}

Result<void> E01Pipeline::zeros(std::uint64_t length_bytes) {
  while (length_bytes > 0) {
    if (!gathering_) gathering_ = pool_.take();
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(length_bytes, kPieceBytes - gathering_->bytes));
    gathering_->add_zeros(part);
    length_bytes -= part;
    RESUS_TRY(pass_on_full());
  }
  return hw::success();
}

Result<void> E01Pipeline::pass_on_full() {
  if (gathering_->bytes < kPieceBytes || pass_on()) return hw::success();
  threads_.clear();  // they end: the queues were cancelled
  return failure_.result();
}

bool E01Pipeline::pass_on() {
  const auto piece = std::exchange(gathering_, nullptr);
  Work work{.piece = piece, .done = {}};
  Turn turn{.piece = piece, .done = work.done.get_future()};
  return to_compress_.push(std::move(work)) && to_write_.push(std::move(turn)) && to_hash_.push(piece);
}

void E01Pipeline::hash_loop() {
  Md5Sha1 hash;
  while (const auto piece = to_hash_.pop()) hash.update((*piece)->content());
  hashes_ = hash.finish();
}

void E01Pipeline::compress_loop() {
  ChunkCompressor compressor(compression_);
  while (auto next = to_compress_.pop()) {
    auto& piece = *next->piece;
    const auto content = piece.content();
    for (std::size_t at = 0; at < content.size(); at += geometry_.chunk_bytes()) {
      const auto before = piece.stored.size();
      const bool compressed = compressor.append(content.subspan(at, std::min<std::size_t>(geometry_.chunk_bytes(), content.size() - at)), piece.stored);
      piece.chunks.push_back({piece.stored.size() - before, compressed});
    }
    piece.is_compressed = true;
    next->done.set_value();
  }
}

void E01Pipeline::write_loop() {
  while (auto next = to_write_.pop()) {
    next->done.wait();
    if (!next->piece->is_compressed) return;  // cancelled
    if (auto written = write_piece(*next->piece); !written) return failure_.set(std::move(written).error());
  }
}

Result<void> E01Pipeline::write_piece(const Piece& piece) {
  std::string_view left = piece.stored;
  for (const auto& chunk : piece.chunks) {
    RESUS_TRY(encoder_.add({left.substr(0, chunk.length_bytes), chunk.compressed}));
    left.remove_prefix(chunk.length_bytes);
  }
  return hw::success();
}

Result<e01::Hashes> E01Pipeline::finish(std::span<const UnreadableRange> unreadable) {
  if (gathering_) pass_on();  // should that fail, failure_ knows why
  join();
  RESUS_TRY(failure_.result());
  RESUS_TRY(encoder_.finish(hashes_, unreadable));
  return hashes_;
}

}  // namespace resus::imaging
