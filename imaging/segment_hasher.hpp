#pragma once
// What an acquisition computes about each segment: zero test, ids, linear hashes, tree.
#include <memory>

#include "imaging/disk_stream.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/sha256.hpp"

namespace resus::imaging {

/// A hash the courts still ask for, beside SHA-256. Threads: one.
class LinearHash {
 public:
  explicit LinearHash(const EVP_MD* algorithm);
  void update(std::span<const std::byte> bytes);
  [[nodiscard]] std::string finish_hex();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Takes the pieces of a disk in order. Threads: one.
class SegmentHasher {
 public:
  SegmentHasher(std::uint64_t disk_bytes, bool md5, bool sha1);
  /// States, ids and unreadable ranges of the piece; goes on with the hashes over the whole disk.
  [[nodiscard]] SegmentOffer add(const DiskPiece& piece);
  /// Root and linear hashes. @pre every piece was added. Errors: kInternal otherwise.
  [[nodiscard]] Result<void> finish(AcquisitionSummary& summary);

 private:
  void hash_blocks(std::span<const std::byte> bytes, SegmentOffer& offer);
  void add_leaves(const SegmentOffer& offer);
  FusedSha256 fused_;
  TreeBuilder tree_;
  std::unique_ptr<LinearHash> md5_, sha1_;
};

}  // namespace resus::imaging
