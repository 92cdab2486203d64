#include "web/analysis/inode_places.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "hw/plain_text.hpp"

namespace resus::analysis {
namespace {

/// Numbers of a line "  Inode Range: 1 - 2048" that begins so; nothing on another line.
std::optional<std::array<std::uint64_t, 2>> range_of(const std::string& line, std::string_view name) {
  const auto start = line.find_first_not_of(' ');
  if (start == std::string::npos || line.compare(start, name.size(), name) != 0) return std::nullopt;
  std::array<std::uint64_t, 2> range{};
  const char* const end = line.data() + line.size();
  const auto first = std::from_chars(line.data() + start + name.size(), end, range[0]);
  if (first.ec != std::errc()) return std::nullopt;
  range[1] = range[0];
  if (first.ptr + 3 < end && std::string_view(first.ptr, 3) == " - ") std::from_chars(first.ptr + 3, end, range[1]);
  return range;
}

std::string text_after(const std::string& text, const std::string& name) {
  const auto found = text.find(name);
  if (found == std::string::npos) return {};
  const auto from = found + name.size();
  return hw::shown_text(text.substr(from, text.find('\n', from) - from));
}

std::uint64_t number_after(const std::string& text, const std::string& name) {
  const auto word = text_after(text, name);
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

}  // namespace

InodePlaces InodePlaces::read(const std::string& statistics, const Layout& mft) {
  InodePlaces places;
  places.file_system_ = text_after(statistics, "File System Type: ");
  if (places.file_system_.starts_with("Ext")) places.read_groups(statistics);
  if (places.file_system_ == "NTFS") places.read_mft(statistics, mft);
  return places;
}

void InodePlaces::read_groups(const std::string& statistics) {
  const auto block_bytes = number_after(statistics, "Block Size: ");
  std::istringstream lines(statistics);
  std::array<std::uint64_t, 2> inodes{};
  for (std::string line; std::getline(lines, line);) {
    if (const auto range = range_of(line, "Inode Range: ")) inodes = *range;
    const auto table = range_of(line, "Inode Table: ");
    if (!table || inodes[0] == 0 || inodes[1] < inodes[0] || (*table)[1] < (*table)[0]) continue;
    const auto count = inodes[1] - inodes[0] + 1;
    if (inode_bytes_ == 0) inode_bytes_ = ((*table)[1] - (*table)[0] + 1) * block_bytes / count;
    tables_.push_back({.first_inode = inodes[0], .inodes = count, .offset_bytes = (*table)[0] * block_bytes});
    inodes = {};
  }
}

void InodePlaces::read_mft(const std::string& statistics, const Layout& mft) {
  inode_bytes_ = number_after(statistics, "Size of MFT Entries: ");
  if (inode_bytes_ == 0) return;
  std::uint64_t first = 0;
  for (const auto& piece : mft) {
    const auto count = piece.length_bytes / inode_bytes_;
    tables_.push_back({.first_inode = first, .inodes = count, .offset_bytes = piece.offset_bytes});
    first += count;
  }
}

std::optional<imaging::ByteRange> InodePlaces::of(std::uint64_t inode) const {
  auto table = std::ranges::upper_bound(tables_, inode, {}, &Table::first_inode);
  if (table == tables_.begin()) return std::nullopt;
  --table;
  const auto index = inode - table->first_inode;
  if (index >= table->inodes || inode_bytes_ == 0) return std::nullopt;
  return imaging::ByteRange{.offset_bytes = table->offset_bytes + index * inode_bytes_, .length_bytes = inode_bytes_};
}

}  // namespace resus::analysis
