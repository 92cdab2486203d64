#include "imaging/scattered_tree.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {
constexpr std::size_t kSegmentLevel = 2;
}

ScatteredTree::ScatteredTree(std::uint64_t disk_bytes) : disk_bytes_(disk_bytes) {
  counts_.push_back(segment_count(disk_bytes));
  while (counts_.back() > 1) counts_.push_back((counts_.back() + kChildren - 1) / kChildren);
  open_.resize(counts_.size());
}

void ScatteredTree::add(std::uint64_t segment, const Digest& segment_node) { put(0, segment, segment_node); }

void ScatteredTree::put(std::size_t level, std::uint64_t index, const Digest& node) {
  if (level + 1 == counts_.size()) {
    top_.push_back(node);
    return;
  }
  const auto parent = index / kChildren;
  auto& open = open_[level][parent];
  open.children[index % kChildren] = node;
  ++open.there;
  const auto due = static_cast<std::size_t>(std::min<std::uint64_t>(kChildren, counts_[level] - parent * kChildren));
  if (open.there < due) return;
  const auto above = tree_node(static_cast<std::uint8_t>(kSegmentLevel + level + 1), std::span(open.children).first(due));
  open_[level].erase(parent);
  put(level + 1, parent, above);
}

Result<TreeRoot> ScatteredTree::finish() const {
  if (top_.size() != 1) return hw::fail(hw::Code::kInternal, "the tree got not every segment once");
  return root_from_top_node(disk_bytes_, top_.front());
}

}  // namespace resus::imaging
