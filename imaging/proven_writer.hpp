#pragma once
// Writes of which every byte is read back from the device and compared.
#include <map>

#include "imaging/deploy_work.hpp"

namespace resus::imaging {

/// Keeps several writes outstanding; reads each piece back when its writes are acknowledged.
/// Threads: one. **Destroys** what it is told to write and zero.
/// Errors: kReadBack when the device gives back something else, kWrite, kDeviceGone, kRead; then the rest is
/// not written and only the destructor may follow.
class ProvenWriter {
 public:
  /// `busy` outlives the writer; its `write` and `read_back` are counted.
  ProvenWriter(hw::DiskWriter& disk, DeployBusy& busy);
  /// Waits for what is outstanding: the buffers belong to the device until then.
  ~ProvenWriter();
  ProvenWriter(const ProvenWriter&) = delete;
  ProvenWriter& operator=(const ProvenWriter&) = delete;

  /// @pre piece.action is kWrite.
  [[nodiscard]] Result<void> write(DecidedPiece piece);
  /// Everything written so far is acknowledged and was read back.
  [[nodiscard]] Result<void> drain();
  /// Makes the range zeros and reads it back. Drains first.
  [[nodiscard]] Result<void> zero(const DiskRange& range);
  /// Drains; everything is durable when it returns.
  [[nodiscard]] Result<void> sync();

  [[nodiscard]] std::uint64_t read_back_bytes() const { return read_back_bytes_; }

 private:
  struct Pending {
    DecidedPiece piece;
    std::size_t outstanding = 0;
  };
  Result<void> reap();
  Result<void> compare(const DecidedPiece& piece);
  Result<void> read_zeros(const DiskRange& range);

  hw::DiskWriter& disk_;
  DeployBusy& busy_;
  std::size_t most_;
  std::size_t outstanding_ = 0;
  std::uint64_t next_number_ = 0;
  std::map<std::uint64_t, Pending> pending_;  ///< by tag of their writes
  hw::IoBuffer scratch_;
  std::uint64_t read_back_bytes_ = 0;
};

/// Pieces a ProvenWriter holds at most: one an outstanding write.
inline constexpr std::size_t kWritesInFlight = 8;

}  // namespace resus::imaging
