#pragma once
// Writes a golden image into the store, segment by segment. Only the store's own files include it.
#include "imaging/frame.hpp"
#include "imaging/sha256.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {

/// Threads: one. Nothing refers to the image before finish() has succeeded; what is left of an import that
/// was not finished is removed.
class ImageWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ImageWriter>> begin(StoreParts& store, std::uint64_t disk_bytes);
  ~ImageWriter();
  /// The next segment of the disk: 1 MiB, the last may be shorter.
  [[nodiscard]] Result<void> add(std::span<const std::byte> segment);
  /// Errors: kConflict when another image has this name.
  [[nodiscard]] Result<GoldenManifest> finish(const ImageDescription& description, const SigningKey& key);

 private:
  ImageWriter(StoreParts& store, std::uint64_t disk_bytes, std::uint32_t number, std::unique_ptr<PackWriter> pack);
  [[nodiscard]] Result<GoldenManifest> describe(const ImageDescription& description);
  [[nodiscard]] Result<void> publish(const GoldenManifest& manifest, const SigningKey& key);

  StoreParts& store_;
  const std::uint64_t disk_bytes_;
  const std::uint32_t number_;
  std::unique_ptr<PackWriter> pack_;
  FrameCompressor compressor_;
  FusedSha256 hasher_;
  TreeBuilder tree_;
  bool finished_ = false;
};

[[nodiscard]] Digest node_table_digest(std::span<const Digest> nodes);
/// Errors: kNotFound, kImageTruncated when the length is no multiple of 32.
[[nodiscard]] Result<std::vector<Digest>> read_node_table(hw::FileSystem& files, const std::string& path);

}  // namespace resus::imaging
