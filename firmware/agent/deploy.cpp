#include <algorithm>
#include <thread>

#include "firmware/agent/patch.hpp"
#include "firmware/agent/remote_image_source.hpp"
#include "firmware/agent/target.hpp"
#include "firmware/agent/work.hpp"
#include "hw/log.hpp"
#include "imaging/deployment.hpp"

namespace resus::agent {

namespace {

/// Fetching waits for the wire: more workers than cores keep it busy.
constexpr unsigned kFewestWorkers = 4;

/// What is known of the disk without reading it: only when this very boot copied it and nothing wrote since.
hw::Result<std::optional<imaging::KnownContent>> known_content(Tools& tools, const BootMemory& memory, bool untouched,
                                                               const messages::Task& task, const std::string& path,
                                                               const imaging::GoldenManifest& manifest,
                                                               const std::stop_token& stop) {
  using Known = std::optional<imaging::KnownContent>;
  if (!untouched || !memory.copied || memory.copied->attempt != task.attempt || memory.copied->disk_path != path) return Known();
  auto plan = patiently(tools, stop, [&] { return tools.api.deploy_plan(task.attempt); });
  if (!plan && plan.error().code == hw::Code::kNotFound) return Known();
  RESUS_TRY(plan);
  const bool ours = plan.value().evidence_root() == memory.copied->receipt.root && plan.value().image_root() == manifest.root;
  if (!ours) return Known();
  return Known(imaging::KnownContent{.plan = std::move(plan.value()), .zero_segments = memory.copied->zero_segments});
}

hw::Result<void> move_backup_table(imaging::WritableDisk& disk) {
  auto& writer = disk.writer();
  const auto& identity = disk.identity();
  const auto read = [&](std::uint64_t offset_bytes, std::span<std::byte> buffer) { return read_any(writer, offset_bytes, buffer); };
  RESUS_TRY(const auto patches, imaging::relocate_backup_gpt({.size_bytes = identity.size_bytes, .sector_bytes = identity.logical_sector_bytes}, read));
  return apply_patches(writer, patches);
}

messages::Deployed report_of(const imaging::DeploymentReport& report, std::uint32_t attempt) {
  return {.attempt = attempt,
          .bytes_written = report.written + report.zeroed,
          .bytes_skipped = report.skipped,
          .bytes_fetched = report.fetched,
          .bytes_read_back = report.read_back,
          .seconds = report.seconds,
          .busy = report.times};
}

}  // namespace

hw::Result<void> deploy(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  RESUS_TRY(const auto disk, find_disk(tools, task));
  tools.status.begin_stage("install", disk.size_bytes);
  RESUS_TRY(const auto manifest, trusted_manifest(tools, task.image_id, stop));
  const bool untouched = !memory.written;
  RESUS_TRY(const auto known, known_content(tools, memory, untouched, task, disk.path, manifest, stop));
  RESUS_TRY(auto target, open_target(tools, memory, task, manifest, disk, stop));
  RESUS_TRY(auto reader, tools.disks.open_reader(disk.path));

  const auto segments = (manifest.disk_bytes + imaging::kSegmentBytes - 1) / imaging::kSegmentBytes;
  RemoteImageSource source(tools.api, manifest.id, segments);
  StatusProgress progress(tools.status);
  imaging::DeploymentOptions options{.workers = std::max(kFewestWorkers, std::thread::hardware_concurrency())};
  options.pause = tools.pause;
  RESUS_TRY(const auto report, imaging::Deployment::run(target, *reader, source, tools.trusted,
                                                        known ? &*known : nullptr, options, progress, stop));
  RESUS_TRY(move_backup_table(target));
  RESUS_TRY(target.writer().sync());
  hw::log(hw::LogLevel::kInfo, "agent",
          "image installed: " + std::to_string(report.written) + " bytes written, " + std::to_string(report.skipped) + " skipped");
  return patiently(tools, stop, [&] { return tools.api.deployed(report_of(report, task.attempt)); });
}

}  // namespace resus::agent
