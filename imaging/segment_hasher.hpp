#pragma once
// What an acquisition computes about each segment: zero test, ids, linear hashes, tree.
#include <memory>

#include "imaging/disk_stream.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/scattered_tree.hpp"
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

/// Level-2 node of a segment as it is offered. @pre it is not held back
[[nodiscard]] Digest node_of_offer(const SegmentOffer& offer);

/// Takes the pieces of a disk in order; after hold_back() in any order. Threads: one.
class SegmentHasher {
 public:
  SegmentHasher(std::uint64_t disk_bytes, bool md5, bool sha1);
  /// States, ids and unreadable ranges of the piece; goes on with the hashes over the whole disk.
  [[nodiscard]] SegmentOffer add(const DiskPiece& piece);
  /// A segment comes later, if ever: from here on there are no linear hashes, only the root.
  void hold_back() { held_back_ = true; }
  /// Root and, unless something was held back, linear hashes. @pre every piece was added. Errors: kInternal otherwise.
  [[nodiscard]] Result<void> finish(AcquisitionSummary& summary);

 private:
  void hash_blocks(std::span<const std::byte> bytes, SegmentOffer& offer);
  FusedSha256 fused_;
  ScatteredTree tree_;
  bool held_back_ = false;
  std::unique_ptr<LinearHash> md5_, sha1_;
};

}  // namespace resus::imaging
