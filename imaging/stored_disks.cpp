#include "imaging/stored_disks.hpp"

#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

Result<DiskMap> map_of(const StoreParts& parts, const ImageInfo& image) {
  RESUS_TRY(const auto pack, parts.packs.get(image.pack));
  return map_of_image(image, *pack);
}

}  // namespace

Result<void> each_disk(const StoreParts& parts, const TakeDisk& take) {
  std::vector<ImageInfo> images;
  std::vector<EvidenceInfo> evidence;
  {
    const std::lock_guard lock(parts.mutex);
    images = parts.images;
    evidence = parts.evidence;
  }
  for (const auto& image : images) {
    const auto& manifest = image.manifest;
    RESUS_TRY(take({.golden = true, .id = manifest.id, .name = manifest.name, .machine = {}, .device_json = "{}",
                    .disk_bytes = manifest.disk_bytes},
                   map_of(parts, image)));
  }
  for (const auto& one : evidence) {
    RESUS_TRY(take({.golden = false, .id = one.id, .name = {}, .machine = one.record.context.machine_id,
                    .device_json = one.record.device_json, .disk_bytes = one.record.disk_bytes},
                   parts.load_map(one)));
  }
  return hw::success();
}

}  // namespace resus::imaging
