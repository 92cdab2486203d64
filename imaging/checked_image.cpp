#include "imaging/checked_image.hpp"

#include <openssl/evp.h>

namespace resus::imaging {

using hw::Code;

Result<CheckedImage> load_checked_image(ImageSource& source, std::span<const PublicKey> trusted) {
  RESUS_TRY(const auto envelope, source.manifest_envelope());
  RESUS_TRY(const auto payload, open_envelope(envelope, Purpose::kGoldenImage, trusted, Code::kImageSignature));
  CheckedImage image;
  RESUS_TRY(image.manifest, golden_manifest_from_json(payload));
  RESUS_TRY(image.nodes, source.node_table());
  const auto segments = (image.manifest.disk_bytes + kSegmentBytes - 1) / kSegmentBytes;
  if (image.nodes.size() < segments) {
    return hw::fail(Code::kImageTruncated, "the golden image's node table is too short");
  }
  static_assert(sizeof(Digest) == 32, "the table is hashed as it lies in memory");
  Digest table;
  EVP_Digest(image.nodes.data(), image.nodes.size() * sizeof(Digest), table.bytes.data(), nullptr, EVP_sha256(),
             nullptr);
  if (table != image.manifest.node_table_sha256) {
    return hw::fail(Code::kImageSignature, "the golden image's node table is not the one that was signed");
  }
  const auto root = root_from_segment_nodes(image.manifest.disk_bytes, image.nodes);
  if (!root || root.value() != image.manifest.root) {
    return hw::fail(Code::kImageSignature, "the golden image's node table does not give its root");
  }
  return image;
}

}  // namespace resus::imaging
