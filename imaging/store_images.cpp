// Golden images: import, list, read, verify, plan of a deployment.
#include <algorithm>
#include <array>

#include "imaging/bytes.hpp"
#include "imaging/reread.hpp"
#include "imaging/image_writer.hpp"
#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

class LocalImageSource final : public ImageSource {
 public:
  LocalImageSource(hw::FileSystem& files, StorePaths paths, std::string id, std::shared_ptr<Pack> pack)
      : files_(files), paths_(std::move(paths)), id_(std::move(id)), pack_(std::move(pack)) {}
  Result<std::string> manifest_envelope() override { return files_.read_all(paths_.manifest(id_), kMaxJsonBytes); }
  Result<std::vector<Digest>> node_table() override { return read_node_table(files_, paths_.nodes(id_)); }
  Result<GoldenSegment> fetch(std::uint64_t segment) override {
    if (segment >= pack_->frame_count()) {
      return hw::fail(hw::Code::kImageTruncated, "golden image " + id_ + " has no segment " + std::to_string(segment));
    }
    const auto frame = static_cast<std::uint32_t>(segment);
    GoldenSegment result{.segment = segment, .ids = {}, .compressed = {}};
    RESUS_TRY(result.ids, pack_->ids(frame));
    RESUS_TRY(result.compressed, pack_->compressed(frame));
    return result;
  }

 private:
  hw::FileSystem& files_;
  const StorePaths paths_;
  const std::string id_;
  const std::shared_ptr<Pack> pack_;
};

/// Signature and node table; what they say about the content is in `manifest`.
void check_manifest(StoreParts& parts, std::span<const PublicKey> trusted, GoldenManifest& manifest,
                    VerifyReport& report) {
  const auto fails = [&](bool& flag, const std::string& why) {
    flag = false;
    report.notes.push_back(why);
  };
  const auto envelope = parts.files.read_all(parts.paths.manifest(manifest.id), kMaxJsonBytes);
  if (!envelope) return fails(report.signature_ok, envelope.error().to_string());
  const auto payload =
      open_envelope(envelope.value(), Purpose::kGoldenImage, trusted, hw::Code::kImageSignature);
  if (!payload) return fails(report.signature_ok, payload.error().to_string());
  const auto signed_manifest = golden_manifest_from_json(payload.value());
  if (!signed_manifest) return fails(report.signature_ok, signed_manifest.error().to_string());
  manifest = signed_manifest.value();
  const auto nodes = read_node_table(parts.files, parts.paths.nodes(manifest.id));
  if (!nodes) return fails(report.map_ok, nodes.error().to_string());
  const auto root = root_from_segment_nodes(manifest.disk_bytes, nodes.value());
  if (node_table_digest(nodes.value()) != manifest.node_table_sha256 || !root || root.value() != manifest.root) {
    fails(report.map_ok, "the node table does not match the manifest");
  }
}

}  // namespace

std::vector<ImageInfo> Store::images() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->images;
}

Result<ImageInfo> Store::find_image(std::string_view id_or_name) const {
  const std::lock_guard lock(parts_->mutex);
  for (const auto& image : parts_->images) {
    if (image.manifest.id == id_or_name || image.manifest.name == id_or_name) return image;
  }
  return hw::fail(hw::Code::kNotFound, "no golden image " + std::string(id_or_name));
}

Result<std::unique_ptr<ImageSource>> Store::open_image(std::string_view id_or_name) const {
  RESUS_TRY(const auto image, find_image(id_or_name));
  RESUS_TRY(auto pack, parts_->packs.get(image.pack));
  return std::make_unique<LocalImageSource>(parts_->files, parts_->paths, image.manifest.id, std::move(pack));
}

Result<VerifyReport> Store::verify_image(std::string_view id_or_name, std::span<const PublicKey> trusted,
                                         const OnProgress& progress, const std::stop_token& stop) const {
  RESUS_TRY(auto image, find_image(id_or_name));
  RESUS_TRY(const auto pack, parts_->packs.get(image.pack));
  VerifyReport report;
  check_manifest(*parts_, trusted, image.manifest, report);
  const auto map = map_of_image(image, *pack);
  if (!map) {
    report.map_ok = false;
    report.notes.push_back(map.error().to_string());
    return report;
  }
  RESUS_TRY(auto read, reread(parts_->packs, map.value(), progress, stop));
  report.root_ok = read.root == image.manifest.root;
  report.sha256_ok = read.sha256 == image.manifest.sha256;
  report.damaged_frames = std::move(read.damaged_frames);
  report.damaged_ranges = std::move(read.damaged_ranges);
  report.bytes_checked = read.bytes;
  return report;
}

}  // namespace resus::imaging
