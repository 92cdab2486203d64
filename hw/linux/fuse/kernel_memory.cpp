#define FUSE_USE_VERSION 35
#include "hw/linux/fuse/kernel_memory.hpp"

#include <algorithm>

namespace resus::hw {
namespace {

constexpr int kJumps = 64;                     // somebody looks around
constexpr std::uint64_t kNear = 1 << 20;       // several threads answer what the kernel asks for in order
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPieceBytes = 1 << 20;

}  // namespace

Reading KernelMemory::follow(std::uint64_t number, const std::shared_ptr<ServedFile>& file, std::uint64_t offset_bytes, std::size_t length_bytes) {
  auto& followed = followed_[number];
  const auto expected = followed.expected.exchange(offset_bytes + length_bytes);
  if (offset_bytes + kNear >= expected && offset_bytes <= expected + kNear) return Reading::kInOrder;
  if (++followed.jumps == kJumps) bring(number, file);
  return Reading::kAlone;
}

void KernelMemory::bring(std::uint64_t number, const std::shared_ptr<ServedFile>& file) {
  const std::lock_guard lock(mutex_);
  if (ending_ || file->grows()) return;
  // An answer costs more than a page: all of the file, if there is room.
  auto places = file->size_bytes() <= left_bytes_ ? std::vector<FilePlace>{{.length_bytes = file->size_bytes()}} : file->costly_places();
  std::uint64_t bytes = 0;
  for (const auto& place : places) bytes += place.length_bytes;
  if (bytes == 0 || bytes > left_bytes_) return;
  left_bytes_ -= bytes;
  threads_.emplace_back([this, number, file, places = std::move(places)] { store(number, *file, places); });
}

void KernelMemory::store(std::uint64_t number, ServedFile& file, const std::vector<FilePlace>& places) const {
  std::vector<std::byte> room(kPieceBytes);
  std::uint64_t stored = 0;  // a page can hold the end of one place and the beginning of the next
  for (const auto& place : places) {
    const auto end = std::min(file.size_bytes(), (place.offset_bytes + place.length_bytes + kPage - 1) / kPage * kPage);
    for (stored = std::max(stored, place.offset_bytes / kPage * kPage); stored < end;) {
      const auto piece = std::span(room).first(std::min(kPieceBytes, end - stored));
      if (ending_ || !store_piece(number, file, stored, piece)) return;
      stored += piece.size();
    }
  }
}

bool KernelMemory::store_piece(std::uint64_t number, ServedFile& file, std::uint64_t offset_bytes, std::span<std::byte> room) const {
  if (!file.read(offset_bytes, room, Reading::kInOrder)) return true;  // who wants it is told
  fuse_bufvec content = FUSE_BUFVEC_INIT(room.size());
  content.buf[0].mem = room.data();
  return fuse_lowlevel_notify_store(session_, number, static_cast<off_t>(offset_bytes), &content, {}) == 0;
}

void KernelMemory::stop() {
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  threads.clear();  // joins, and whoever answers may come to bring() meanwhile
}

}  // namespace resus::hw
