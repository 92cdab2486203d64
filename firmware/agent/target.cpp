#include "firmware/agent/target.hpp"

#include "firmware/agent/disk_choice.hpp"
#include "firmware/agent/inventory.hpp"
#include "firmware/agent/screen.hpp"

namespace resus::agent {

hw::Result<hw::DiskIdentity> find_disk(Tools& tools, const messages::Task& task) {
  RESUS_TRY(const auto disks, visible_disks(tools.disks, tools.only_disk));
  RESUS_TRY(auto disk, choose_disk(disks, task.disk));
  tools.status.set_disk(disk.model + ", serial " + (disk.serial.empty() ? "-" : disk.serial) + ", " + human_bytes(disk.size_bytes));
  return disk;
}

hw::Result<imaging::GoldenManifest> trusted_manifest(Tools& tools, const std::string& image_id,
                                                     const std::stop_token& stop) {
  RESUS_TRY(const auto envelope, patiently(tools, stop, [&] { return tools.api.image_manifest(image_id); }));
  RESUS_TRY(const auto payload, imaging::open_envelope(envelope, imaging::Purpose::kGoldenImage, tools.trusted,
                                                       hw::Code::kImageSignature));
  RESUS_TRY(auto manifest, imaging::golden_manifest_from_json(payload));
  if (manifest.id != image_id) return hw::fail(hw::Code::kImageSignature, "asked for " + image_id + ", got " + manifest.id);
  return manifest;
}

hw::Result<imaging::WritableDisk> open_target(Tools& tools, BootMemory& memory, const messages::Task& task,
                                              const imaging::GoldenManifest& manifest, const hw::DiskIdentity& disk,
                                              const std::stop_token& stop) {
  RESUS_TRY(const auto permit, patiently(tools, stop, [&] { return tools.api.permit(task.attempt); }));
  imaging::PermitContext context{.machine_id = memory.machine_id, .boot_id = tools.boot_id};
  context.image_id = manifest.id;
  context.image_root = manifest.root;
  context.now = tools.clock.now();
  if (memory.copied && memory.copied->attempt == task.attempt) {
    context.evidence_id = memory.copied->receipt.evidence_id;
    context.evidence_root = memory.copied->receipt.root;
  } else if (!task.evidence_id.empty()) {
    context.evidence_id = task.evidence_id;
    RESUS_TRY(const auto root, imaging::digest_from_hex(task.evidence_root));
    context.evidence_root.bytes = root.bytes;
  }
  memory.written = true;
  return imaging::WritableDisk::open(permit, tools.trusted, context, tools.disks, disk.path);
}

}  // namespace resus::agent
