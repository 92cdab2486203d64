#pragma once
// A disk in order into an E01 set: hashes beside each other, compression on all cores, written in order.
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "imaging/bounded_queue.hpp"
#include "imaging/evidence_reader.hpp"
#include "imaging/labs/chunk_compressor.hpp"
#include "imaging/labs/e01_encoder.hpp"
#include "imaging/run_failure.hpp"

namespace resus::imaging {

/// Memory is bounded: a few pieces of 1 MiB a worker, and what the encoder gathers.
/// Threads: write(), zeros() and finish() from one; the output is called from one thread of its own, and after that has
/// ended from the one that called finish().
class E01Pipeline final : public RawSink {
 public:
  /// @pre E01Encoder::check(setup). `out` outlives the object. `workers`: threads that compress.
  E01Pipeline(E01Encoder::Setup setup, E01Output& out, unsigned workers);
  ~E01Pipeline() override;
  E01Pipeline(const E01Pipeline&) = delete;
  E01Pipeline& operator=(const E01Pipeline&) = delete;

  /// Waits while the others are behind. Errors: the output's, as soon as one is known.
  [[nodiscard]] Result<void> write(std::span<const std::byte> bytes) override;
  [[nodiscard]] Result<void> zeros(std::uint64_t length_bytes) override;
  /// Writes what is left and ends the set. @pre called once. Errors: the output's; kInternal unless the whole disk came.
  [[nodiscard]] Result<e01::Hashes> finish(std::span<const UnreadableRange> unreadable);
  [[nodiscard]] std::uint32_t segments() const { return encoder_.segments(); }

 private:
  struct Piece;  ///< some chunks: raw bytes for all, compressed ones for the writer
  using PiecePtr = std::shared_ptr<Piece>;
  /// Used pieces are used again, so that their memory is not asked of the system each time. The queues bound their number.
  class Pool {
   public:
    Pool();
    ~Pool();
    [[nodiscard]] PiecePtr take();

   private:
    void give(std::unique_ptr<Piece> piece);
    std::mutex mutex_;
    std::vector<std::unique_ptr<Piece>> free_;
  };
  /// Dropped before it was done it breaks its promise, and the writer does not wait for ever.
  struct Work {
    PiecePtr piece;
    std::promise<void> done;
  };
  struct Turn {
    PiecePtr piece;
    std::future<void> done;
  };
  [[nodiscard]] Result<void> pass_on_full();
  /// False when the queues were cancelled.
  bool pass_on();
  void cancel();
  void join();
  void hash_loop();
  void compress_loop();
  void write_loop();
  [[nodiscard]] Result<void> write_piece(const Piece& piece);

  const e01::Geometry geometry_;
  const e01::Compression compression_;
  RunFailure failure_;
  E01Encoder encoder_;
  Pool pool_;  ///< outlives whatever holds a piece
  BoundedQueue<PiecePtr> to_hash_;
  BoundedQueue<Work> to_compress_;
  BoundedQueue<Turn> to_write_;
  PiecePtr gathering_;
  e01::Hashes hashes_;
  std::vector<std::jthread> threads_;
};

}  // namespace resus::imaging
