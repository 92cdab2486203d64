#include <algorithm>
#include <chrono>

#include "firmware/agent/archive_stream.hpp"
#include "firmware/agent/mounted.hpp"
#include "firmware/agent/target.hpp"
#include "firmware/agent/work.hpp"
#include "hw/log.hpp"
#include "hw/plain_text.hpp"
#include "imaging/restore/backup_manifest.hpp"
#include "imaging/restore/personalise.hpp"
#include "imaging/restore/restore.hpp"

namespace resus::agent {

namespace {

constexpr std::size_t kMaxProgramBytes = std::size_t{64} << 20;

struct Totals {
  messages::Restored report;
  void add(const imaging::RestoreReport& one) {
    report.files_restored += one.files_restored;
    report.files_excluded += one.exclusions.size();
    report.bytes += one.bytes_restored;
    report.verified += one.entries_restored;
  }
  /// Files of this backup that stay out because of malware.
  void add_malware(const std::vector<imaging::Exclusion>& left_out) {
    constexpr std::size_t kPathBytes = 512;
    report.infected += left_out.size();
    for (const auto& it : left_out) {
      if (report.malware.size() >= messages::kMaxMalware) return;
      hw::log(hw::LogLevel::kWarning, "agent", "left out: " + hw::shown_text(it.path) + ", " + it.reason);
      report.malware.push_back({.path = hw::shown_text(it.path.substr(0, kPathBytes)), .why = hw::shown_text(it.reason)});
    }
  }
};

const imaging::Partition* find_partition(const imaging::GoldenManifest& manifest, std::uint32_t number) {
  const auto found = std::ranges::find(manifest.partitions, number, &imaging::Partition::number);
  return found == manifest.partitions.end() ? nullptr : &*found;
}

std::string relative(std::string directory) {
  directory.erase(0, std::min(directory.find_first_not_of('/'), directory.size()));
  while (directory.ends_with('/')) directory.pop_back();
  return directory;
}

hw::Result<imaging::BackupManifest> trusted_backup(Tools& tools, const std::string& backup_id, const std::stop_token& stop) {
  RESUS_TRY(const auto envelope, patiently(tools, stop, [&] { return tools.api.backup_manifest(backup_id); }));
  RESUS_TRY(const auto payload, imaging::open_envelope(envelope, imaging::Purpose::kBackupManifest, tools.trusted,
                                                       hw::Code::kRestoreVerify));
  return imaging::backup_manifest_from_json_lines(payload);
}

hw::Result<void> restore_one(Tools& tools, const messages::RestoreBackup& backup, const std::string& path,
                             const imaging::Partition& partition, Totals& totals, const std::stop_token& stop) {
  RESUS_TRY(const auto manifest, trusted_backup(tools, backup.backup_id, stop));
  RESUS_TRY(auto mounted, Mounted::open(tools.host, path, partition, tools.mount_point));
  ArchiveStream archive(tools, backup.backup_id, backup.bytes, stop);
  imaging::RestoreRequest request{.restore_id = backup.backup_id, .root = tools.mount_point};
  request.directory = relative(backup.directory);
  request.kind = partition.file_system == "ntfs" ? imaging::TargetKind::kNtfs : imaging::TargetKind::kPosix;
  request.drop_device_cache = [&] { return tools.host.drop_caches(); };
  const auto feed = [&](std::span<std::byte> buffer) { return archive.read(buffer); };
  const auto watch = [&](const imaging::RestoreProgress& progress) {
    tools.status.set_progress(progress.bytes_done, progress.bytes_total);
    return !stop.stop_requested();
  };
  RESUS_TRY(const auto report, imaging::restore_backup(tools.sandbox, tools.trees, request, manifest, feed, watch));
  RESUS_TRY(mounted.close());
  totals.add(report);
  totals.add_malware(malware_exclusions(manifest));
  return hw::success();
}

/// The system's own partition is the largest one that personalise() recognises as a Linux system.
hw::Result<void> personalise_system(Tools& tools, const messages::Personalisation& who, const std::string& path,
                                    const imaging::GoldenManifest& manifest) {
  RESUS_TRY(const auto program, tools.files.read_all(tools.phone_home_program, kMaxProgramBytes));
  const imaging::PersonaliseRequest request{
      .hostname = who.hostname, .phone_home = program, .phone_home_config = encode(who.phone_home)};
  auto partitions = manifest.partitions;
  std::ranges::sort(partitions, std::greater(), &imaging::Partition::length_bytes);
  for (const auto& partition : partitions) {
    if (partition.file_system != "ext4") continue;
    RESUS_TRY(auto mounted, Mounted::open(tools.host, path, partition, tools.mount_point));
    RESUS_TRY(auto root, tools.trees.open(tools.mount_point));
    const auto done = imaging::personalise(*root, request);
    root.reset();
    RESUS_TRY(mounted.close());
    if (done || done.error().code != hw::Code::kNotFound) return done;
  }
  hw::log(hw::LogLevel::kWarning, "agent", "no Linux system on the disk: it keeps the image's name and does not report in");
  return hw::success();
}

}  // namespace

hw::Result<void> restore(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  const auto begin = tools.clock.steady();
  RESUS_TRY(const auto disk, find_disk(tools, task));
  tools.status.begin_stage("restore", 0);
  RESUS_TRY(const auto plan, patiently(tools, stop, [&] { return tools.api.restore_plan(task.attempt); }));
  RESUS_TRY(const auto manifest, trusted_manifest(tools, task.image_id, stop));
  {
    // Lifts this boot's write block; closed again at once, because a disk that is held cannot be mounted.
    RESUS_TRY(auto target, open_target(tools, memory, task, manifest, disk, stop));
  }
  Totals totals;
  for (const auto& backup : plan.backups) {
    const imaging::Partition whole{.number = 0, .length_bytes = disk.size_bytes, .file_system = "ext4"};
    const auto* partition = backup.partition == 0 ? &whole : find_partition(manifest, backup.partition);
    if (partition == nullptr) return hw::fail(hw::Code::kConflict, "the image has no partition " + std::to_string(backup.partition));
    RESUS_TRY(restore_one(tools, backup, disk.path, *partition, totals, stop));
  }
  RESUS_TRY(personalise_system(tools, plan.personalise, disk.path, manifest));
  totals.report.attempt = task.attempt;
  totals.report.seconds = std::chrono::duration<double>(tools.clock.steady() - begin).count();
  return patiently(tools, stop, [&] { return tools.api.restored(totals.report); });
}

}  // namespace resus::agent
