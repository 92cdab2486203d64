#pragma once
// A file system in memory that knows what is durable. crash() is a power cut.
#include <utility>

#include "tests/support/memory_files.hpp"

namespace resus::test {

/// What a power cut leaves of the last append that was not synced.
enum class TornTail {
  kNothing,
  kHalf,     ///< the first half of it
  kZeros,    ///< its length, but zeros: file systems extend a file before its bytes arrive
};

/// Synced and unsynced content and names apart. Directories are durable at once, as in the interface;
/// "/" and "." exist. Changing calls (append, overwrite, free_range, sync, truncate, rename, remove, make_directories,
/// sync_directory; replace() is five of them) are counted from 0, so that a test can stop at every one:
///
///     for (std::size_t n = 0; ; ++n) {
///       MemoryFileSystem fs;
///       fs.lose_power_at(n);
///       write_something(fs);
///       if (fs.calls() <= n) break;   // it came through without reaching call n
///       fs.crash();
///       check(fs);
///     }
/// Threads: any.
class MemoryFileSystem : public hw::FileSystem {
 public:
  /// Call number n fails once with kWrite; an append has written half of its bytes then.
  void fail_call(std::size_t n) { state_->fail_at = n; }
  /// From call number n on nothing works any more until crash().
  void lose_power_at(std::size_t n) { state_->power_fails_at = n; }
  [[nodiscard]] std::size_t calls() const { return state_->calls; }
  /// The file system is full when its files hold this many bytes together.
  void set_capacity(std::uint64_t bytes) { state_->capacity = bytes; }

  /// Power cut and boot: unsynced bytes and names are forgotten, open files are dead.
  void crash(TornTail torn = TornTail::kHalf) {
    const std::lock_guard lock(state_->mutex);
    const auto tail_of = std::exchange(state_->last_appended, nullptr);
    if (tail_of && tail_of->content.size() > tail_of->synced.size()) {
      const std::size_t unsynced = tail_of->content.size() - tail_of->synced.size();
      const std::size_t last = std::min(unsynced, state_->last_append_bytes);
      std::string tail = tail_of->content.substr(tail_of->content.size() - last);
      if (torn == TornTail::kNothing) tail.clear();
      if (torn == TornTail::kHalf) tail.resize(tail.size() / 2);
      if (torn == TornTail::kZeros) tail.assign(tail.size(), '\0');
      // Appends that went before it and were not synced either may be lost: the tail then follows a gap
      // of zeros, as blocks written out of order leave it.
      tail_of->synced.resize(tail.empty() ? tail_of->synced.size() : tail_of->content.size() - last, '\0');
      tail_of->synced += tail;
    }
    state_->names = state_->durable_names;
    for (auto& [name, node] : state_->names) node->content = node->synced;
    state_->fail_at.reset();
    state_->power_fails_at.reset();
    state_->powered = true;
    ++state_->boots;
  }

  /// A file's bytes as reads see them, or nothing.
  [[nodiscard]] std::optional<std::string> content(const std::string& path) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(path);
    if (found == state_->names.end()) return std::nullopt;
    return found->second->content;
  }
  /// Durable damage: one byte of a file changes. @pre the file exists and is long enough.
  void flip_byte(const std::string& path, std::size_t offset_bytes) {
    const std::lock_guard lock(state_->mutex);
    auto& node = *state_->names.at(path);
    node.content.at(offset_bytes) ^= 0x01;
    if (offset_bytes < node.synced.size()) node.synced[offset_bytes] ^= 0x01;
  }
  /// Everything there is becomes durable.
  void sync_all() {
    const std::lock_guard lock(state_->mutex);
    for (auto& [name, node] : state_->names) node->synced = node->content;
    state_->durable_names = state_->names;
  }

  hw::Result<std::unique_ptr<hw::AppendFile>> open_append(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    if (!state_->powered) return hw::fail(hw::Code::kWrite, "open " + path + ": power failed");
    RESUS_TRY(need_parent(path));
    auto& node = state_->names[path];
    if (!node) node = std::make_shared<memory_fs::Node>();
    return std::make_unique<memory_fs::Appender>(state_, node, path);
  }
  hw::Result<std::unique_ptr<hw::ReadFile>> open_read(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(path);
    if (found == state_->names.end()) return memory_fs::not_found("open " + path);
    return std::make_unique<memory_fs::Reader>(state_, found->second, path);
  }
  hw::Result<std::unique_ptr<hw::PatchFile>> open_patch(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(path);
    if (found == state_->names.end()) return memory_fs::not_found("open " + path);
    return std::make_unique<memory_fs::Patcher>(state_, found->second, path);
  }
  hw::Result<std::string> read_all(const std::string& path, std::size_t max_bytes) override {
    auto text = content(path);
    if (!text) return memory_fs::not_found("read " + path);
    if (text->size() > max_bytes) return hw::fail(hw::Code::kBadInput, path + " is too large");
    return std::move(*text);
  }
  hw::Result<void> replace(const std::string& path, std::string_view text) override {
    const std::string beside = path + ".new";
    if (content(beside)) {
      RESUS_TRY(remove(beside));
    }
    RESUS_TRY(auto file, open_append(beside));
    RESUS_TRY(file->append(std::as_bytes(std::span(text))));
    RESUS_TRY(file->sync());
    RESUS_TRY(rename(beside, path));
    return sync_directory(memory_fs::parent_of(path));
  }
  hw::Result<void> truncate(const std::string& path, std::uint64_t size_bytes) override {
    const std::lock_guard lock(state_->mutex);
    RESUS_TRY(state_->step("truncate " + path));
    const auto found = state_->names.find(path);
    if (found == state_->names.end()) return memory_fs::not_found("truncate " + path);
    found->second->content.resize(size_bytes);
    return hw::success();
  }
  hw::Result<void> rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(state_->mutex);
    RESUS_TRY(state_->step("rename " + from));
    if (state_->directories.contains(from)) return rename_directory(from, to);
    const auto found = state_->names.find(from);
    if (found == state_->names.end()) return memory_fs::not_found("rename " + from);
    RESUS_TRY(need_parent(to));
    auto node = found->second;
    state_->names.erase(found);
    state_->names[to] = std::move(node);
    return hw::success();
  }
  hw::Result<void> remove(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    RESUS_TRY(state_->step("remove " + path));
    if (state_->names.erase(path) > 0) return hw::success();
    const auto beneath = [&](const auto& name) { return memory_fs::is_beneath(name.first, path); };
    if (std::ranges::any_of(state_->names, beneath)) {
      return hw::fail(hw::Code::kWrite, "remove " + path + ": not empty");
    }
    if (state_->directories.erase(path) == 0) return memory_fs::not_found("remove " + path);
    return hw::success();
  }
  hw::Result<void> make_directories(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    RESUS_TRY(state_->step("make directory " + path));
    for (std::size_t end = 0; end != std::string::npos;) {
      end = path.find('/', end + 1);
      const std::string level = memory_fs::without_slash(path.substr(0, end));
      if (state_->names.contains(level)) {
        return hw::fail(hw::Code::kWrite, "make directory " + level + ": a file has this name");
      }
      state_->directories.insert(level);
    }
    return hw::success();
  }
  hw::Result<std::vector<std::string>> list(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    const std::string directory = memory_fs::without_slash(path);
    if (!state_->directories.contains(directory)) return memory_fs::not_found("list " + path);
    std::vector<std::string> found;
    const auto add = [&](const std::string& name) {
      if (name != directory && memory_fs::parent_of(name) == directory && name != ".") {
        found.push_back(name.substr(name.find_last_of('/') + 1));
      }
    };
    for (const auto& [name, node] : state_->names) add(name);
    for (const auto& name : state_->directories) add(name);
    std::ranges::sort(found);
    return found;
  }
  hw::Result<bool> exists(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    return state_->names.contains(path) || state_->directories.contains(memory_fs::without_slash(path));
  }
  hw::Result<void> sync_directory(const std::string& path) override {
    const std::lock_guard lock(state_->mutex);
    RESUS_TRY(state_->step("sync directory " + path));
    const std::string directory = memory_fs::without_slash(path);
    if (!state_->directories.contains(directory)) return memory_fs::not_found("sync directory " + path);
    const auto here = [&](const auto& name) { return memory_fs::parent_of(name.first) == directory; };
    std::erase_if(state_->durable_names, here);
    for (const auto& name : state_->names) {
      if (here(name)) state_->durable_names.insert(name);
    }
    return hw::success();
  }
  hw::Result<hw::Space> space(const std::string&) override {
    const std::lock_guard lock(state_->mutex);
    return hw::Space{.total_bytes = state_->capacity, .free_bytes = state_->room()};
  }

 private:
  hw::Result<void> need_parent(const std::string& path) const {
    if (state_->directories.contains(memory_fs::parent_of(path))) return hw::success();
    return memory_fs::not_found(memory_fs::parent_of(path));
  }
  /// Directories move whole and durably: their names are not told apart from those of their files.
  hw::Result<void> rename_directory(const std::string& from, const std::string& to) {
    RESUS_TRY(need_parent(to));
    const auto moved = [&](const std::string& name) { return to + name.substr(from.size()); };
    std::set<std::string> directories;
    for (const auto& name : state_->directories) {
      directories.insert(name == from || memory_fs::is_beneath(name, from) ? moved(name) : name);
    }
    state_->directories = std::move(directories);
    for (memory_fs::Names* names : {&state_->names, &state_->durable_names}) {
      memory_fs::Names renamed;
      for (const auto& [name, node] : *names) {
        renamed[memory_fs::is_beneath(name, from) ? moved(name) : name] = node;
      }
      *names = std::move(renamed);
    }
    return hw::success();
  }

  std::shared_ptr<memory_fs::State> state_ = std::make_shared<memory_fs::State>();
};

}  // namespace resus::test
