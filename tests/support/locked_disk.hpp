#pragma once
// A fake disk whose reader and writer work on threads of their own, as those of a real disk do.
#include <mutex>

#include "tests/support/fake_disk.hpp"

namespace resus::test {

class LockedReader : public hw::DiskReader {
 public:
  LockedReader(FakeDisk& disk, std::mutex& mutex) : reader_(disk), mutex_(mutex) {}
  [[nodiscard]] const hw::DiskIdentity& identity() const override { return reader_.identity(); }
  [[nodiscard]] std::size_t depth() const override { return reader_.depth(); }
  [[nodiscard]] hw::Result<void> submit(std::uint64_t tag, std::uint64_t offset, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    return reader_.submit(tag, offset, to);
  }
  [[nodiscard]] hw::Result<hw::ReadDone> wait() override {
    const std::lock_guard lock(mutex_);
    return reader_.wait();
  }

 private:
  FakeDiskReader reader_;
  std::mutex& mutex_;
};

class LockedWriter : public hw::DiskWriter {
 public:
  LockedWriter(FakeDisk& disk, std::mutex& mutex) : writer_(disk), mutex_(mutex) {}
  [[nodiscard]] const hw::DiskIdentity& identity() const override { return writer_.identity(); }
  [[nodiscard]] std::size_t depth() const override { return writer_.depth(); }
  [[nodiscard]] hw::Result<void> submit(std::uint64_t tag, std::uint64_t offset,
                                        std::span<const std::byte> data) override {
    const std::lock_guard lock(mutex_);
    return writer_.submit(tag, offset, data);
  }
  [[nodiscard]] hw::Result<std::uint64_t> wait() override {
    const std::lock_guard lock(mutex_);
    return writer_.wait();
  }
  [[nodiscard]] hw::Result<void> zero(std::uint64_t offset, std::uint64_t length) override {
    const std::lock_guard lock(mutex_);
    return writer_.zero(offset, length);
  }
  [[nodiscard]] hw::Result<void> read_back(std::uint64_t offset, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    return writer_.read_back(offset, to);
  }
  [[nodiscard]] hw::Result<void> sync() override {
    const std::lock_guard lock(mutex_);
    return writer_.sync();
  }

 private:
  FakeDiskWriter writer_;
  std::mutex& mutex_;
};

class LockedDiskAccess : public FakeDiskAccess {
 public:
  [[nodiscard]] hw::Result<std::unique_ptr<hw::DiskReader>> open_reader(const std::string& path) override {
    return std::make_unique<LockedReader>(*find(path), mutex_);
  }
  [[nodiscard]] hw::Result<std::unique_ptr<hw::DiskWriter>> open_writer(const std::string& path) override {
    RESUS_TRY(FakeDiskAccess::open_writer(path));
    return std::make_unique<LockedWriter>(*find(path), mutex_);
  }

 private:
  std::mutex mutex_;
};

}  // namespace resus::test
