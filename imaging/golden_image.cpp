#include "imaging/golden_image.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "imaging/frame.hpp"
#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

namespace json = boost::json;

json::object partition_to_json(const Partition& partition) {
  return {{"number", partition.number},       {"offset_bytes", partition.offset_bytes},
          {"length_bytes", partition.length_bytes}, {"type", partition.type},
          {"uuid", partition.uuid},           {"label", partition.label},
          {"file_system", partition.file_system}};
}

Result<Partition> partition_from_json(const json::value& value) {
  RESUS_TRY(auto fields, JsonFields::of(value, "golden image: partition"));
  Partition partition;
  RESUS_TRY(const auto number, fields.size("number"));
  partition.number = static_cast<std::uint32_t>(number);
  RESUS_TRY(partition.offset_bytes, fields.size("offset_bytes"));
  RESUS_TRY(partition.length_bytes, fields.size("length_bytes"));
  RESUS_TRY(partition.type, fields.text("type"));
  RESUS_TRY(partition.uuid, fields.text("uuid"));
  RESUS_TRY(partition.label, fields.text("label"));
  RESUS_TRY(partition.file_system, fields.text("file_system"));
  RESUS_TRY(fields.no_others());
  return partition;
}

Result<void> read_partitions(JsonFields& fields, GoldenManifest& manifest) {
  const auto* list = fields.optional("partitions");
  if (list == nullptr || !list->is_array()) return hw::fail(hw::Code::kBadInput, "golden image: partitions missing");
  for (const auto& entry : list->get_array()) {
    RESUS_TRY(auto partition, partition_from_json(entry));
    const bool inside = partition.offset_bytes <= manifest.disk_bytes &&
                        partition.length_bytes <= manifest.disk_bytes - partition.offset_bytes;
    if (!inside) return hw::fail(hw::Code::kBadInput, "golden image: a partition lies outside the disk");
    manifest.partitions.push_back(std::move(partition));
  }
  return hw::success();
}

hw::Error wrong(const GoldenSegment& segment, std::string_view what) {
  return hw::make_error(hw::Code::kImageSignature, "segment " + std::to_string(segment.segment) +
                                                       " of the golden image: " + std::string(what));
}

}  // namespace

std::string to_json(const GoldenManifest& manifest) {
  json::array partitions;
  for (const auto& partition : manifest.partitions) partitions.push_back(partition_to_json(partition));
  return json::serialize(json::object{
      {"v", 1},
      {"id", manifest.id},
      {"name", manifest.name},
      {"disk_bytes", manifest.disk_bytes},
      {"root", to_hex(manifest.root)},
      {"sha256", to_hex(manifest.sha256)},
      {"node_table_sha256", to_hex(manifest.node_table_sha256)},
      {"partition_table", manifest.partition_table},
      {"boot_mode", manifest.boot_mode},
      {"partitions", std::move(partitions)},
      {"created_at", manifest.created_at},
      {"tool", manifest.tool},
  });
}

Result<GoldenManifest> golden_manifest_from_json(std::string_view text) {
  RESUS_TRY(const auto value, parse_json(text, "golden image"));
  RESUS_TRY(auto fields, JsonFields::of(value, "golden image"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != 1) {
    return hw::fail(hw::Code::kBadInput, "golden image version " + std::to_string(version) + " is not known");
  }
  GoldenManifest manifest;
  RESUS_TRY(manifest.id, fields.text("id"));
  RESUS_TRY(manifest.name, fields.text("name"));
  RESUS_TRY(manifest.disk_bytes, fields.size("disk_bytes"));
  RESUS_TRY(const auto root, fields.digest("root"));
  manifest.root = TreeRoot{root};
  RESUS_TRY(manifest.sha256, fields.digest("sha256"));
  RESUS_TRY(manifest.node_table_sha256, fields.digest("node_table_sha256"));
  RESUS_TRY(manifest.partition_table, fields.text("partition_table"));
  RESUS_TRY(manifest.boot_mode, fields.text("boot_mode"));
  RESUS_TRY(read_partitions(fields, manifest));
  RESUS_TRY(manifest.created_at, fields.text("created_at"));
  RESUS_TRY(manifest.tool, fields.text("tool"));
  RESUS_TRY(fields.no_others());
  return manifest;
}

Result<void> verify_segment(const GoldenSegment& segment, const Digest& node, std::span<std::byte> raw_out) {
  if (segment.ids.empty() || segment.ids.size() > kBlocksPerSegment || block_count(raw_out.size()) != segment.ids.size()) {
    return hw::failure(wrong(segment, "has the wrong number of blocks"));
  }
  if (segment_node(segment.ids) != node) return hw::failure(wrong(segment, "its ids do not give the signed node"));
  if (auto done = decompress_frame(segment.compressed, raw_out); !done) {
    return hw::failure(wrong(segment, done.error().context));
  }
  for (std::size_t i = 0; i < segment.ids.size(); ++i) {
    const auto begin = i * kBlockBytes;
    const auto block = raw_out.subspan(begin, std::min(kBlockBytes, raw_out.size() - begin));
    if (block_id(block) != segment.ids[i]) {
      return hw::failure(wrong(segment, "block " + std::to_string(i) + " does not hash to its id"));
    }
  }
  return hw::success();
}

}  // namespace resus::imaging
