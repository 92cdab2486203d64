#include "imaging/image_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "hw/log.hpp"
#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

/// An image is written once and read hundreds of times; level 3 is 5 % smaller than 1 and unpacks as fast.
constexpr int kImageLevel = 3;

std::string node_table_text(std::span<const Digest> nodes) {
  ByteWriter out;
  out.reserve(nodes.size() * 32);
  for (const auto& node : nodes) out.digest(node);
  return out.take();
}

/// The image that already has this content, or nothing. Errors: kConflict for other content of this name.
Result<std::optional<GoldenManifest>> twin_of(const StoreParts& store, const GoldenManifest& manifest) {
  const std::lock_guard lock(store.mutex);
  for (const auto& image : store.images) {
    if (image.manifest.id == manifest.id && image.manifest.root == manifest.root) return image.manifest;
    if (image.manifest.name == manifest.name) {
      return hw::fail(hw::Code::kConflict, "another golden image has the name " + manifest.name);
    }
  }
  return std::optional<GoldenManifest>();
}

}  // namespace

Digest node_table_digest(std::span<const Digest> nodes) { return sha256(as_bytes(node_table_text(nodes))); }

Result<std::vector<Digest>> read_node_table(hw::FileSystem& files, const std::string& path) {
  RESUS_TRY(const auto text, files.read_all(path, kMaxMapBytes));
  if (text.size() % 32 != 0) return hw::fail(hw::Code::kImageTruncated, path + " is cut off");
  std::vector<Digest> nodes(text.size() / 32);
  for (std::size_t i = 0; i < nodes.size(); ++i) std::memcpy(nodes[i].bytes.data(), text.data() + 32 * i, 32);
  return nodes;
}

ImageWriter::ImageWriter(StoreParts& store, std::uint64_t disk_bytes, std::uint32_t number,
                         std::unique_ptr<PackWriter> pack)
    : store_(store),
      disk_bytes_(disk_bytes),
      number_(number),
      pack_(std::move(pack)),
      compressor_(kImageLevel),
      tree_(disk_bytes, true) {}

ImageWriter::~ImageWriter() {
  if (finished_ || !pack_) return;
  pack_.reset();
  // Best effort: whatever stays is removed when the store is opened again.
  if (auto gone = store_.files.remove(store_.paths.growing_image(number_)); !gone) {
    hw::log(hw::LogLevel::kDebug, "imaging", "unfinished import: " + gone.error().to_string());
  }
}

Result<std::unique_ptr<ImageWriter>> ImageWriter::begin(StoreParts& store, std::uint64_t disk_bytes) {
  RESUS_TRY(store.may_write());
  if (disk_bytes == 0) return hw::fail(hw::Code::kUsage, "the disk has no bytes");
  RESUS_TRY(const auto number, store.new_image_number());
  RESUS_TRY(auto pack, PackWriter::create(store.files, store.paths.growing_image(number), number));
  return std::unique_ptr<ImageWriter>(new ImageWriter(store, disk_bytes, number, std::move(pack)));
}

Result<void> ImageWriter::add(std::span<const std::byte> segment) {
  RESUS_TRY(store_.need_space());
  std::array<BlockId, kBlocksPerSegment> computed;
  const auto ids = std::span(computed).first(block_count(segment.size()));
  hasher_.update(segment, ids);
  for (const auto& id : ids) tree_.add(id);
  RESUS_TRY(const auto frame, compressor_.compress(ids, segment));
  RESUS_TRY(pack_->append(frame));
  return hw::success();
}

Result<GoldenManifest> ImageWriter::describe(const ImageDescription& description) {
  GoldenManifest manifest;
  RESUS_TRY(manifest.root, tree_.finish());
  manifest.id = "img-" + to_hex(manifest.root).substr(0, 16);
  manifest.name = description.name;
  manifest.disk_bytes = disk_bytes_;
  manifest.sha256 = hasher_.finish();
  manifest.node_table_sha256 = node_table_digest(tree_.segment_nodes());
  manifest.partition_table = description.partition_table;
  manifest.boot_mode = description.boot_mode;
  manifest.partitions = description.partitions;
  manifest.created_at = description.created_at;
  manifest.tool = description.tool;
  return manifest;
}

Result<void> ImageWriter::publish(const GoldenManifest& manifest, const SigningKey& key) {
  auto& files = store_.files;
  const auto& id = manifest.id;
  RESUS_TRY(const auto envelope, seal(key, Purpose::kGoldenImage, to_json(manifest)));
  RESUS_TRY(files.make_directories(store_.paths.image(id)));
  RESUS_TRY(pack_->seal(store_.paths.image_pack(id)));
  RESUS_TRY(files.replace(store_.paths.nodes(id), node_table_text(tree_.segment_nodes())));
  RESUS_TRY(store_.remember_image_number(number_, id));
  return files.replace(store_.paths.manifest(id), envelope);
}

Result<GoldenManifest> ImageWriter::finish(const ImageDescription& description, const SigningKey& key) {
  RESUS_TRY(auto manifest, describe(description));
  RESUS_TRY(const auto twin, twin_of(store_, manifest));
  if (twin) return *twin;
  RESUS_TRY(publish(manifest, key));
  finished_ = true;
  store_.packs.add(pack_->pack());
  const ImageInfo image{.manifest = manifest, .pack = number_, .stored_bytes = pack_->pack()->stored_bytes()};
  store_.index_image(image, *pack_->pack());
  const std::lock_guard lock(store_.mutex);
  store_.images.push_back(image);
  return manifest;
}

}  // namespace resus::imaging
