#pragma once
// Golden images: a pack whose frames stand in disk order plus a signed manifest. FORMAT.md section 7.
#include <memory>
#include <string>
#include <vector>

#include "imaging/block.hpp"
#include "imaging/envelope.hpp"

namespace resus::imaging {

struct Partition {
  std::uint32_t number = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  std::string type;         ///< GPT type GUID or MBR type "0x83"
  std::string uuid;
  std::string label;
  std::string file_system;  ///< libblkid's word: "ext4", "ntfs", "vfat", empty if none
};

/// The signed part.
struct GoldenManifest {
  std::string id;           ///< "img-" + first 16 hex digits of the root
  std::string name;         ///< "ward-pc-2026"
  std::uint64_t disk_bytes = 0;
  TreeRoot root;
  Digest sha256;            ///< of the whole raw disk
  Digest node_table_sha256; ///< SHA-256 over the level-2 nodes, 32 bytes each, in order
  std::string partition_table;  ///< "gpt", "dos", "none"
  std::string boot_mode;    ///< "bios", "uefi", "both"
  std::vector<Partition> partitions;
  std::string created_at;   ///< RFC 3339
  std::string tool;         ///< build that made it
};
[[nodiscard]] std::string to_json(const GoldenManifest& manifest);
[[nodiscard]] Result<GoldenManifest> golden_manifest_from_json(std::string_view json);

/// One segment of a golden image as it comes from the pack. Not yet trusted: see verify_segment().
struct GoldenSegment {
  std::uint64_t segment = 0;
  std::vector<BlockId> ids;          ///< every block of the segment, zero blocks included
  std::vector<std::byte> compressed; ///< one zstd frame: the segment's bytes
};

/// Where the agent (or a workbench) reads a golden image from: local pack, or the depot over TLS.
/// Contract suite: tests/imaging/image_source_contract.hpp.
/// Errors: kImageTruncated for a segment the image does not have; kRead, kNetwork as the source's.
/// Threads: fetch() any number at once.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  /// The signed envelope, unverified.
  [[nodiscard]] virtual Result<std::string> manifest_envelope() = 0;
  /// 32 bytes per segment, unverified.
  [[nodiscard]] virtual Result<std::vector<Digest>> node_table() = 0;
  [[nodiscard]] virtual Result<GoldenSegment> fetch(std::uint64_t segment) = 0;
};

/// Decompresses, hashes every block, compares with ids and with the segment's node.
/// Errors: kImageSignature when anything differs, kImageTruncated when it ends early.
[[nodiscard]] Result<void> verify_segment(const GoldenSegment& segment, const Digest& node,
                                          std::span<std::byte> raw_out);

}  // namespace resus::imaging
