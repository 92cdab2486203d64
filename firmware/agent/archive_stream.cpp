#include "firmware/agent/archive_stream.hpp"

#include <algorithm>
#include <cstring>

#include "firmware/agent/target.hpp"

namespace resus::agent {

ArchiveStream::ArchiveStream(Tools& tools, std::string backup_id, std::uint64_t archive_bytes, std::stop_token stop)
    : tools_(tools), backup_id_(std::move(backup_id)), archive_bytes_(archive_bytes), stop_(std::move(stop)) {
  thread_ = std::jthread([this] { download(); });
}

ArchiveStream::~ArchiveStream() { pieces_.cancel(); }

void ArchiveStream::download() {
  std::uint64_t arrived = 0;
  const auto take = [&](std::span<const std::byte> bytes) -> hw::Result<void> {
    arrived += bytes.size();
    if (arrived > archive_bytes_) return hw::fail(hw::Code::kProtocol, "the archive is longer than announced");
    if (stop_.stop_requested() || !pieces_.push(Piece(bytes.begin(), bytes.end()))) return hw::fail(hw::Code::kCancelled, "download");
    return hw::success();
  };
  if (archive_bytes_ > 0) {
    outcome_ = patiently(tools_, stop_, [&]() -> hw::Result<void> {
      RESUS_TRY(tools_.api.backup_archive(backup_id_, arrived, take));
      if (arrived == archive_bytes_) return hw::success();
      return hw::fail(hw::Code::kNetwork, "the archive broke off at byte " + std::to_string(arrived));
    });
  }
  pieces_.close();
}

bool ArchiveStream::next_piece() {
  auto piece = pieces_.pop();
  if (!piece) return false;
  current_ = std::move(*piece);
  used_ = 0;
  return true;
}

hw::Result<std::size_t> ArchiveStream::read(std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    if (used_ == current_.size() && !next_piece()) break;
    const auto count = std::min(buffer.size() - filled, current_.size() - used_);
    std::memcpy(buffer.data() + filled, current_.data() + used_, count);
    filled += count;
    used_ += count;
  }
  if (filled == 0 && !outcome_) return hw::failure(outcome_.error());
  return filled;
}

}  // namespace resus::agent
