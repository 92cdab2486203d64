#pragma once
// A golden image of which everything but the bytes themselves has been verified.
#include <vector>

#include "imaging/golden_image.hpp"

namespace resus::imaging {

struct CheckedImage {
  GoldenManifest manifest;
  std::vector<Digest> nodes;  ///< level-2 node of every segment; they give manifest.root
};

/// Signature, then node table against its hash, then its root against the manifest's.
/// Errors: kImageSignature when anything differs, kImageTruncated when the table is too short, the source's.
[[nodiscard]] Result<CheckedImage> load_checked_image(ImageSource& source, std::span<const PublicKey> trusted);

}  // namespace resus::imaging
