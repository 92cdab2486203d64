#include "imaging/block.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace resus::imaging {
namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Hash context of this thread; fetching the algorithm each time would cost more than a block.
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()), algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
    if (!context_ || algorithm_ == nullptr) throw std::bad_alloc();
  }
  ~Hasher() { EVP_MD_free(algorithm_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void start() { EVP_DigestInit_ex2(context_.get(), algorithm_, nullptr); }
  void add(const void* data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
  Digest finish() {
    Digest digest;
    EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, ContextFree> context_;
  EVP_MD* algorithm_;
};

Hasher& hasher() {
  thread_local Hasher instance;
  return instance;
}

constexpr std::size_t kChildren = 16;
constexpr std::size_t kSegmentLevel = 2;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

TreeRoot root_from_top_node(std::uint64_t disk_bytes, const Digest& top) {
  std::array<std::uint8_t, 9 + 32> message{};
  message[0] = 0x02;
  for (std::size_t i = 0; i < 8; ++i) {
    message[1 + i] = static_cast<std::uint8_t>(disk_bytes >> (8 * i));
  }
  std::memcpy(message.data() + 9, top.bytes.data(), top.bytes.size());
  return TreeRoot{sha256(std::as_bytes(std::span(message)))};
}

Digest sha256(std::span<const std::byte> bytes) {
  auto& h = hasher();
  h.start();
  h.add(bytes.data(), bytes.size());
  return h.finish();
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (const auto byte : digest.bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

Result<Digest> digest_from_hex(std::string_view hex) {
  Digest digest;
  if (hex.size() != 64) return hw::fail(hw::Code::kBadInput, "a digest has 64 hex digits");
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return hw::fail(hw::Code::kBadInput, "a digest has lower case hex digits");
    digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

BlockId block_id(std::span<const std::byte> block) { return BlockId{sha256(block)}; }

const BlockId& zero_block_id() {
  static const BlockId id = block_id(std::array<std::byte, kBlockBytes>{});
  return id;
}

const BlockId& unreadable_block_id() {
  constexpr std::string_view kText = "resus:unreadable-block\n";
  static const BlockId id = block_id(std::as_bytes(std::span(kText)));
  return id;
}

bool is_zero(std::span<const std::byte> bytes) {
  // A memcmp of the buffer with itself, shifted: the C library's vector code does the work.
  if (bytes.empty()) return true;
  return bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

Digest tree_node(std::uint8_t level, std::span<const Digest> children) {
  const std::array<std::uint8_t, 3> head{0x01, level, static_cast<std::uint8_t>(children.size())};
  auto& h = hasher();
  h.start();
  h.add(head.data(), head.size());
  for (const auto& child : children) h.add(child.bytes.data(), child.bytes.size());
  return h.finish();
}

Digest segment_node(std::span<const BlockId> leaves) {
  std::array<Digest, kChildren> groups;
  std::size_t count = 0;
  for (std::size_t first = 0; first < leaves.size(); first += kChildren) {
    std::array<Digest, kChildren> children;
    const auto group = leaves.subspan(first, std::min(kChildren, leaves.size() - first));
    std::copy(group.begin(), group.end(), children.begin());
    groups[count++] = tree_node(1, std::span(children).first(group.size()));
  }
  return tree_node(kSegmentLevel, std::span(groups).first(count));
}

std::uint64_t block_count(std::uint64_t disk_bytes) {
  return disk_bytes / kBlockBytes + (disk_bytes % kBlockBytes != 0 ? 1 : 0);
}

std::uint64_t segment_count(std::uint64_t disk_bytes) {
  return disk_bytes / kSegmentBytes + (disk_bytes % kSegmentBytes != 0 ? 1 : 0);
}

Result<TreeRoot> root_from_segment_nodes(std::uint64_t disk_bytes, std::span<const Digest> nodes) {
  if (nodes.empty() || nodes.size() != segment_count(disk_bytes)) {
    return hw::fail(hw::Code::kBadInput, "the number of tree nodes does not fit the disk's size");
  }
  std::vector<Digest> level(nodes.begin(), nodes.end());
  for (std::uint8_t number = kSegmentLevel + 1; level.size() > 1; ++number) {
    std::vector<Digest> above;
    for (std::size_t first = 0; first < level.size(); first += kChildren) {
      const auto count = std::min(kChildren, level.size() - first);
      above.push_back(tree_node(number, std::span(level).subspan(first, count)));
    }
    level = std::move(above);
  }
  return root_from_top_node(disk_bytes, level.front());
}

TreeBuilder::TreeBuilder(std::uint64_t disk_bytes, bool collect_segment_nodes)
    : disk_bytes_(disk_bytes),
      expected_leaves_(block_count(disk_bytes)),
      collect_(collect_segment_nodes) {}

void TreeBuilder::add(const BlockId& leaf) {
  ++added_;
  push(0, leaf);
}

void TreeBuilder::push(std::size_t level, const Digest& node) {
  if (level >= levels_.size()) levels_.resize(level + 1);
  levels_[level].push_back(node);
  if (level == kSegmentLevel && collect_) segment_nodes_.push_back(node);
  // A full level is closed only when more follows, so that the top is never wrapped once too often.
  if (levels_[level].size() > kChildren) close_level(level);
}

void TreeBuilder::close_level(std::size_t level) {
  auto& nodes = levels_[level];
  const auto count = std::min(kChildren, nodes.size());
  const Digest node = tree_node(static_cast<std::uint8_t>(level + 1), std::span(nodes).first(count));
  nodes.erase(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(count));
  push(level + 1, node);
}

Result<TreeRoot> TreeBuilder::finish() {
  if (added_ != expected_leaves_ || added_ == 0) {
    return hw::fail(hw::Code::kInternal, "tree over " + std::to_string(expected_leaves_) + " blocks got " +
                                             std::to_string(added_));
  }
  for (std::size_t level = 0;; ++level) {
    const bool top = level >= kSegmentLevel && level + 1 == levels_.size() && levels_[level].size() == 1;
    if (top) return root_from_top_node(disk_bytes_, levels_[level].front());
    close_level(level);
  }
}

const std::vector<Digest>& TreeBuilder::segment_nodes() const { return segment_nodes_; }

}  // namespace resus::imaging
