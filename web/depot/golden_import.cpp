#include "web/depot/golden_import.hpp"

#include <algorithm>

#include "imaging/gpt.hpp"
#include "web/depot/disk_description.hpp"

namespace resus::depot {
namespace {

constexpr std::size_t kMaxNameBytes = 100;

Result<imaging::GoldenManifest> import_evidence(const ImportTools& tools, const std::string& id, const std::string& name,
                                                const imaging::OnProgress& progress, const std::stop_token& stop) {
  imaging::ImageDescription description;
  description.name = name;
  description.created_at = hw::to_rfc3339(tools.clock.now());
  description.tool = "resus " RESUS_VERSION;
  RESUS_TRY(auto evidence, tools.store.open_evidence(id));
  const imaging::DiskShape shape{evidence->map().disk_bytes(), 512};
  RESUS_TRY(auto table, imaging::read_partition_table(shape, [&](std::uint64_t offset, std::span<std::byte> out) {
    return evidence->read(offset, out);
  }));
  description.partition_table = table.kind;
  description.partitions = std::move(table.partitions);
  description.boot_mode = "both";
  return tools.store.import_image_from_evidence(id, description, tools.key, progress, stop);
}

}  // namespace

bool is_evidence_id(std::string_view source) { return source.starts_with("ev-"); }

Result<void> check_image_name(std::string_view name) {
  const bool shown = std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; });
  const bool id = name.starts_with("img-") || is_evidence_id(name);
  if (!name.empty() && name.size() <= kMaxNameBytes && shown && !id) return hw::success();
  return hw::fail(hw::Code::kBadInput, "an image's name has 1 to 100 characters, none of them / or a control character, and does "
                                       "not begin with img- or ev-");
}

Result<imaging::GoldenManifest> import_golden(const ImportTools& tools, const std::string& source, const std::string& name,
                                              const imaging::OnProgress& progress, const std::stop_token& stop) {
  RESUS_TRY(check_image_name(name));
  if (is_evidence_id(source)) return import_evidence(tools, source, name, progress, stop);
  RESUS_TRY(auto reader, tools.disks.open_reader(source));
  if (reader->identity().size_bytes == 0) return hw::fail(hw::Code::kBadInput, source + " is empty");
  RESUS_TRY(const auto description, describe_disk(tools.partitions, tools.clock, *reader, name));
  return tools.store.import_image(*reader, description, tools.key, progress, stop);
}

}  // namespace resus::depot
