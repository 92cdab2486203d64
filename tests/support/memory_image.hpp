#pragma once
// A golden image in memory, made from a disk's bytes, whose segments a test can spoil.
#include <openssl/evp.h>

#include <atomic>
#include <set>

#include "imaging/frame.hpp"
#include "imaging/golden_image.hpp"
#include "tests/support/disk_content.hpp"

namespace resus::test {

/// Threads: as ImageSource.
class MemoryImage : public imaging::ImageSource {
 public:
  MemoryImage(std::vector<std::byte> content, const imaging::SigningKey& key) : bytes(std::move(content)) {
    imaging::TreeBuilder tree(bytes.size(), true);
    for (std::size_t at = 0; at < bytes.size(); at += imaging::kBlockBytes) tree.add(imaging::block_id(block(at)));
    manifest.root = tree.finish().value();
    nodes = tree.segment_nodes();
    manifest.id = "img-" + imaging::to_hex(manifest.root).substr(0, 16);
    manifest.name = "ward-pc";
    manifest.disk_bytes = bytes.size();
    manifest.sha256 = sha256_of(bytes);
    manifest.node_table_sha256 = sha256_of(std::as_bytes(std::span(nodes)));
    manifest.partition_table = "none";
    manifest.boot_mode = "bios";
    manifest.created_at = "2026-11-23T11:00:00.000Z";
    manifest.tool = "test";
    envelope = imaging::seal(key, imaging::Purpose::kGoldenImage, imaging::to_json(manifest)).value();
  }
  hw::Result<std::string> manifest_envelope() override { return envelope; }
  hw::Result<std::vector<imaging::Digest>> node_table() override { return nodes; }
  hw::Result<imaging::GoldenSegment> fetch(std::uint64_t segment) override {
    ++fetches;
    if (segment >= nodes.size()) return hw::fail(hw::Code::kImageTruncated, "no segment " + std::to_string(segment));
    auto content = bytes;
    if (flipped_byte && *flipped_byte / imaging::kSegmentBytes == segment) content[*flipped_byte] ^= std::byte{1};
    const auto begin = segment * imaging::kSegmentBytes;
    const auto raw = std::span(content).subspan(begin, std::min(imaging::kSegmentBytes, bytes.size() - begin));
    imaging::GoldenSegment golden{.segment = segment, .ids = {}, .compressed = {}};
    for (std::size_t at = 0; at < raw.size(); at += imaging::kBlockBytes) golden.ids.push_back(imaging::block_id(block(begin + at)));
    RESUS_TRY(auto frame, imaging::FrameCompressor(1).compress(golden.ids, raw));
    golden.compressed = std::move(frame.compressed);
    return golden;
  }

  std::vector<std::byte> bytes;
  imaging::GoldenManifest manifest;
  std::string envelope;
  std::vector<imaging::Digest> nodes;
  std::optional<std::size_t> flipped_byte;  ///< changed in what fetch() gives, not in the ids
  std::atomic<int> fetches{0};

 private:
  std::span<const std::byte> block(std::size_t at) const {
    return std::span(bytes).subspan(at, std::min(imaging::kBlockBytes, bytes.size() - at));
  }
};

}  // namespace resus::test
