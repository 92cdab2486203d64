#pragma once
// A fixed number of segment buffers: what keeps the memory of a run flat.
#include <condition_variable>
#include <mutex>
#include <vector>

#include "hw/block_device.hpp"

namespace resus::imaging {

class BufferPool;

/// One buffer on loan; goes back by itself. The pool must outlive it.
class PooledBuffer {
 public:
  PooledBuffer() = default;
  PooledBuffer(BufferPool& pool, hw::IoBuffer buffer) : pool_(&pool), buffer_(std::move(buffer)) {}
  PooledBuffer(PooledBuffer&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), buffer_(std::move(other.buffer_)) {}
  PooledBuffer& operator=(PooledBuffer&& other) noexcept {
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    buffer_ = std::move(other.buffer_);
    return *this;
  }
  PooledBuffer(const PooledBuffer&) = delete;
  PooledBuffer& operator=(const PooledBuffer&) = delete;
  ~PooledBuffer() { give_back(); }

  [[nodiscard]] bool empty() const { return pool_ == nullptr; }
  [[nodiscard]] std::span<std::byte> bytes() { return buffer_.bytes(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return buffer_.bytes(); }

 private:
  void give_back();
  BufferPool* pool_ = nullptr;
  hw::IoBuffer buffer_;
};

/// Threads: any. Buffers are made when first needed; the one given back last is lent first, because
/// it is still in the processor's cache.
class BufferPool {
 public:
  BufferPool(std::size_t count, std::size_t buffer_bytes) : left_(count), bytes_(buffer_bytes) {}

  /// Waits until one is free. Empty after cancel().
  [[nodiscard]] PooledBuffer take() {
    std::unique_lock lock(mutex_);
    free_one_.wait(lock, [&] { return cancelled_ || available(); });
    return cancelled_ ? PooledBuffer() : lend();
  }
  /// Empty if none is free.
  [[nodiscard]] PooledBuffer try_take() {
    const std::lock_guard lock(mutex_);
    return cancelled_ || !available() ? PooledBuffer() : lend();
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    free_one_.notify_all();
  }

 private:
  friend class PooledBuffer;
  [[nodiscard]] bool available() const { return !free_.empty() || left_ > 0; }
  PooledBuffer lend() {
    if (free_.empty()) {
      left_ -= 1;
      return {*this, hw::IoBuffer(bytes_)};
    }
    PooledBuffer lent(*this, std::move(free_.back()));
    free_.pop_back();
    return lent;
  }
  void give(hw::IoBuffer buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
    free_one_.notify_one();
  }
  std::mutex mutex_;
  std::condition_variable free_one_;
  std::vector<hw::IoBuffer> free_;
  std::size_t left_;
  std::size_t bytes_;
  bool cancelled_ = false;
};

inline void PooledBuffer::give_back() {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->give(std::move(buffer_));
}

}  // namespace resus::imaging
