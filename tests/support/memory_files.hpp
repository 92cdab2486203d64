#pragma once
// The files of the file system in memory (memory_file_system.hpp) and what they share.
#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "hw/file_system.hpp"

namespace resus::test::memory_fs {

struct Node {
  std::string content;  ///< what reads see
  std::string synced;   ///< what a power cut leaves
};
using Names = std::map<std::string, std::shared_ptr<Node>>;

struct State {
  std::mutex mutex;
  Names names;
  Names durable_names;
  std::set<std::string> directories{"/", "."};
  std::shared_ptr<Node> last_appended;
  std::size_t last_append_bytes = 0;
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();
  std::size_t calls = 0;
  std::optional<std::size_t> fail_at, power_fails_at;
  bool powered = true;
  std::uint64_t boots = 0;

  /// Counts one changing call and lets it fail as told.
  hw::Result<void> step(const std::string& what) {
    const std::size_t number = calls++;
    if (power_fails_at == number) powered = false;
    if (!powered) return hw::fail(hw::Code::kWrite, what + ": power failed");
    if (fail_at == number) return hw::fail(hw::Code::kWrite, what + ": failed as told");
    return hw::success();
  }
  std::uint64_t used() const {
    std::uint64_t total = 0;
    for (const auto& [name, node] : names) total += node->content.size();
    return total;
  }
  std::uint64_t room() const { return capacity > used() ? capacity - used() : 0; }
};

inline std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}
inline std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}
inline bool is_beneath(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

inline auto not_found(const std::string& what) { return hw::fail(hw::Code::kNotFound, what); }

class Appender : public hw::AppendFile {
 public:
  Appender(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), boot_(state_->boots) {}

  hw::Result<void> append(std::span<const std::byte> data) override {
    const std::lock_guard lock(state_->mutex);
    if (!state_->powered || boot_ != state_->boots) return no_power("append ");
    const auto allowed = state_->step("append " + path_);
    const auto fits = static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), state_->room()));
    const std::size_t kept = allowed ? fits : fits / 2;
    node_->content.append(reinterpret_cast<const char*>(data.data()), kept);
    state_->last_appended = node_;
    state_->last_append_bytes = kept;
    if (!allowed) return allowed;
    if (fits < data.size()) return hw::fail(hw::Code::kSpace, "append " + path_ + ": no space left");
    return hw::success();
  }
  hw::Result<void> sync() override {
    const std::lock_guard lock(state_->mutex);
    if (boot_ != state_->boots) return no_power("sync ");
    RESUS_TRY(state_->step("sync " + path_));
    node_->synced = node_->content;
    return hw::success();
  }
  std::uint64_t size_bytes() const override {
    const std::lock_guard lock(state_->mutex);
    return node_->content.size();
  }

 private:
  hw::Result<void> no_power(const std::string& what) const {
    return hw::fail(hw::Code::kWrite, what + path_ + ": power failed");
  }
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t boot_;
};

/// A power cut leaves of what was not synced: nothing, or as with torn appends the first half of each change.
class Patcher : public hw::PatchFile {
 public:
  Patcher(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), boot_(state_->boots) {}

  hw::Result<void> overwrite(std::uint64_t offset_bytes, std::span<const std::byte> data) override {
    return change(offset_bytes, std::string(reinterpret_cast<const char*>(data.data()), data.size()));
  }
  hw::Result<void> free_range(std::uint64_t offset_bytes, std::uint64_t length_bytes) override {
    return change(offset_bytes, std::string(length_bytes, '\0'));
  }
  hw::Result<void> sync() override {
    const std::lock_guard lock(state_->mutex);
    if (boot_ != state_->boots) return hw::fail(hw::Code::kWrite, "sync " + path_ + ": power failed");
    RESUS_TRY(state_->step("sync " + path_));
    node_->synced = node_->content;
    return hw::success();
  }

 private:
  /// The first half reaches the device at once: power that fails later finds it there, whether or not the call succeeded.
  hw::Result<void> change(std::uint64_t offset_bytes, const std::string& bytes) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->powered || boot_ != state_->boots) return hw::fail(hw::Code::kWrite, "change " + path_ + ": power failed");
    if (offset_bytes + bytes.size() > node_->content.size()) return hw::fail(hw::Code::kWrite, "change " + path_ + ": beyond its end");
    const auto allowed = state_->step("change " + path_);
    const auto half = bytes.size() / 2;
    node_->content.replace(offset_bytes, half, bytes, 0, half);
    if (offset_bytes + half <= node_->synced.size()) node_->synced.replace(offset_bytes, half, bytes, 0, half);
    if (!allowed) return allowed;
    node_->content.replace(offset_bytes, bytes.size(), bytes);
    return hw::success();
  }
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t boot_;
};

class Reader : public hw::ReadFile {
 public:
  Reader(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)) {}

  hw::Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> buffer) const override {
    const std::lock_guard lock(state_->mutex);
    const std::string& content = node_->content;
    if (offset_bytes > content.size() || buffer.size() > content.size() - offset_bytes) {
      return hw::fail(hw::Code::kRead, "read " + path_ + ": it ends there");
    }
    if (!buffer.empty()) std::memcpy(buffer.data(), content.data() + offset_bytes, buffer.size());
    return hw::success();
  }
  hw::Result<std::uint64_t> size_bytes() const override {
    const std::lock_guard lock(state_->mutex);
    return node_->content.size();
  }
  void drop_cache() const override {}

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
};

}  // namespace resus::test::memory_fs
