#pragma once
// An archive that arrives from the depot, turned into something that can be read.
#include <optional>
#include <thread>
#include <vector>

#include "firmware/agent/tools.hpp"
#include "imaging/bounded_queue.hpp"
#include "imaging/restore/scan.hpp"

namespace resus::agent {

/// Downloads ahead by at most 1 MiB. After a break it goes on from the byte where it broke.
/// Threads: read() from one; the download has its own, which ends with the object.
class ArchiveStream {
 public:
  ArchiveStream(Tools& tools, std::string backup_id, std::uint64_t archive_bytes, std::stop_token stop);
  ~ArchiveStream();
  ArchiveStream(const ArchiveStream&) = delete;
  ArchiveStream& operator=(const ArchiveStream&) = delete;

  /// Fills the buffer as far as it can, 0 at the archive's end. Errors: those of the download.
  [[nodiscard]] hw::Result<std::size_t> read(std::span<std::byte> buffer);

 private:
  using Piece = std::vector<std::byte>;
  void download();
  [[nodiscard]] bool next_piece();

  Tools& tools_;
  std::string backup_id_;
  std::uint64_t archive_bytes_;
  std::stop_token stop_;
  imaging::BoundedQueue<Piece> pieces_{16};
  hw::Result<void> outcome_ = hw::success();  ///< written by the download before it closes the queue
  Piece current_;
  std::size_t used_ = 0;
  std::jthread thread_;
};

}  // namespace resus::agent
