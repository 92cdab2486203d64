#include <boost/json.hpp>

#include "firmware/agent/remote_evidence_sink.hpp"
#include "firmware/agent/target.hpp"
#include "firmware/agent/work.hpp"
#include "hw/log.hpp"
#include "imaging/acquisition.hpp"
#include "web/messages/identity_json.hpp"

namespace resus::agent {

namespace {

constexpr char kMounts[] = "/proc/self/mounts";

/// That nothing was written to the disk while it was read.
struct WriteBlockProof {
  hw::DiskIdentity disk;
  std::uint64_t sectors_before = 0;
};

hw::Result<WriteBlockProof> block_writes(Tools& tools, const hw::DiskIdentity& disk) {
  RESUS_TRY(tools.disks.write_block(disk.path));
  RESUS_TRY(const auto sectors, tools.disks.sectors_written(disk.path));
  RESUS_TRY(auto identity, tools.disks.identify(disk.path));
  return WriteBlockProof{.disk = std::move(identity), .sectors_before = sectors};
}

std::string mounts_of(const std::string& mounts, const std::string& path) {
  std::string found;
  for (std::size_t at = 0; at < mounts.size();) {
    const auto end = std::min(mounts.find('\n', at), mounts.size());
    const auto one = mounts.substr(at, end - at);
    if (one.starts_with(path)) found += one + "\n";
    at = end + 1;
  }
  return found;
}

/// The device object of the record. Errors: kWriteBlock, kDiskChanged: the copy must not be called evidence.
hw::Result<std::string> proven_device(Tools& tools, const WriteBlockProof& proof) {
  RESUS_TRY(const auto now, tools.disks.identify(proof.disk.path));
  if (now.serial != proof.disk.serial || now.size_bytes != proof.disk.size_bytes) {
    return hw::fail(hw::Code::kDiskChanged, proof.disk.path + " is another disk than at the beginning");
  }
  RESUS_TRY(const auto sectors, tools.disks.sectors_written(proof.disk.path));
  RESUS_TRY(const auto mounts, tools.files.read_all(kMounts, 1 << 20));
  const auto mounted = mounts_of(mounts, proof.disk.path);
  if (sectors != proof.sectors_before || !mounted.empty()) {
    return hw::fail(hw::Code::kWriteBlock, std::to_string(sectors - proof.sectors_before) + " sectors were written during the copy; mounted: " + mounted);
  }
  auto device = messages::disk_object(proof.disk);
  device["write_block"] = {{"method", "BLKROSET on the whole disk, read back"},
                           {"sectors_written_before", proof.sectors_before},
                           {"sectors_written_after", sectors},
                           {"mounted", false}};
  device["boot_id"] = tools.boot_id;
  return boost::json::serialize(device);
}

}  // namespace

hw::Result<void> acquire(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  memory.copied.reset();
  RESUS_TRY(const auto disk, find_disk(tools, task));
  RESUS_TRY(const auto proof, block_writes(tools, disk));
  tools.status.begin_stage("copy", disk.size_bytes);
  const messages::BeginAcquisition begin{.attempt = task.attempt, .disk = disk};
  RESUS_TRY(const auto begun, patiently(tools, stop, [&] { return tools.api.begin_acquisition(begin); }));
  RESUS_TRY(auto reader, tools.disks.open_reader(disk.path));

  StatusProgress progress(tools.status);
  const auto device = [&]() -> hw::Result<std::string> {
    tools.status.begin_stage("check", disk.size_bytes);
    return proven_device(tools, proof);
  };
  RemoteEvidenceSink sink({.api = tools.api,
                           .acquisition_id = begun.acquisition_id,
                           .progress = progress,
                           .pause = tools.pause,
                           .stop = stop,
                           .device_json = device});
  imaging::AcquisitionOptions options;
  options.md5 = options.sha1 = task.md5_sha1;
  options.pause = tools.pause;
  if (begun.rescue_s > 0) options.rescue_time = std::chrono::seconds(begun.rescue_s);
  RESUS_TRY(auto result, imaging::Acquisition::run(*reader, sink, options, progress, stop));
  hw::log(hw::LogLevel::kInfo, "agent", "copy verified by the depot: " + result.receipt.evidence_id);
  memory.copied = BootMemory::Copied{.attempt = task.attempt,
                                     .disk_path = disk.path,
                                     .receipt = std::move(result.receipt),
                                     .zero_segments = std::move(result.zero_segments)};
  memory.written = false;
  return hw::success();
}

}  // namespace resus::agent
