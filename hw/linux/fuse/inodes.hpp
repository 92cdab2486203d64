#pragma once
// Served entries as numbered nodes. Number 1 is the top folder.
#include <map>
#include <string>
#include <vector>

#include "hw/mounts.hpp"

namespace resus::hw {

struct Inode {
  std::string name;
  std::uint64_t parent = 0;
  std::shared_ptr<ServedFile> file;               ///< empty: a folder
  std::map<std::string, std::uint64_t> children;
};

/// Threads: any; it does not change.
class Inodes {
 public:
  explicit Inodes(const std::vector<ServedEntry>& entries) : nodes_(2) {
    for (const auto& entry : entries) add(entry);
  }
  /// One more than the highest number.
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// nullptr where there is none.
  [[nodiscard]] const Inode* find(std::uint64_t number) const {
    return number >= 1 && number < nodes_.size() ? &nodes_[number] : nullptr;
  }

 private:
  void add(const ServedEntry& entry) {
    std::uint64_t at = 1;
    std::size_t begin = 0;
    for (auto end = entry.path.find('/'); end != std::string::npos; end = entry.path.find('/', begin)) {
      at = child(at, entry.path.substr(begin, end - begin));
      begin = end + 1;
    }
    nodes_[child(at, entry.path.substr(begin))].file = entry.file;
  }
  std::uint64_t child(std::uint64_t parent, const std::string& name) {
    const auto [found, added] = nodes_[parent].children.try_emplace(name, nodes_.size());
    const auto number = found->second;
    if (added) nodes_.push_back({.name = name, .parent = parent, .file = {}, .children = {}});
    return number;
  }
  std::vector<Inode> nodes_;
};

}  // namespace resus::hw
