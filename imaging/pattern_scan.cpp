#include "imaging/pattern_scan.hpp"

#include <string.h>

#include <algorithm>

namespace resus::imaging {
namespace {

std::vector<std::uint16_t> borders_of(const std::string& text) {
  std::vector<std::uint16_t> borders(text.size() + 1, 0);
  std::uint16_t length = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = borders[length];
    if (text[i] == text[length]) ++length;
    borders[i + 1] = length;
  }
  return borders;
}

/// How much of the pattern's beginning the bytes end with; all of them are shorter than the pattern.
template <class Iterator>
std::uint16_t matched_at_end(Iterator begin, Iterator end, const std::string& pattern, const std::vector<std::uint16_t>& borders) {
  std::uint16_t length = 0;
  for (auto byte = begin; byte != end; ++byte) {
    const auto c = static_cast<char>(*byte);
    while (length > 0 && pattern[length] != c) length = borders[length];
    if (pattern[length] == c) ++length;
  }
  return length;
}

}  // namespace

PatternScan::PatternScan(std::string pattern)
    : pattern_(std::move(pattern)),
      reversed_(pattern_.rbegin(), pattern_.rend()),
      borders_(borders_of(pattern_)),
      reversed_borders_(borders_of(reversed_)) {}

Result<PatternScan> PatternScan::of(std::string pattern) {
  if (pattern.size() < kLeast || pattern.size() > kMost) {
    return hw::fail(hw::Code::kUsage, "a pattern has 4 to 4096 bytes, this one " + std::to_string(pattern.size()));
  }
  if (std::ranges::all_of(pattern, [](char c) { return c == '\0'; })) {
    return hw::fail(hw::Code::kUsage, "a pattern of nothing but zeros is everywhere, and zeros are not stored");
  }
  return PatternScan(std::move(pattern));
}

std::size_t PatternScan::next(std::span<const std::byte> block, std::size_t from) const {
  if (from >= block.size()) return block.size();
  const auto* const found = static_cast<const std::byte*>(
      ::memmem(block.data() + from, block.size() - from, pattern_.data(), pattern_.size()));
  return found == nullptr ? block.size() : static_cast<std::size_t>(found - block.data());
}

BlockEdges PatternScan::edges(std::span<const std::byte> block) const {
  const auto most = std::min(block.size(), pattern_.size() - 1);
  const auto last = block.last(most), first = block.first(most);
  return {.tail = matched_at_end(last.begin(), last.end(), pattern_, borders_),
          .head = matched_at_end(first.rbegin(), first.rend(), reversed_, reversed_borders_)};
}

std::vector<std::uint16_t> PatternScan::across(std::uint16_t tail, std::uint16_t head) const {
  std::vector<std::uint16_t> before;
  for (auto k = tail; k > 0; k = borders_[k]) {
    for (auto j = head; j > 0; j = reversed_borders_[j]) {
      if (std::size_t{k} + j == pattern_.size()) before.push_back(k);
    }
  }
  return before;
}

}  // namespace resus::imaging
