#include <boost/json.hpp>

#include "firmware/agent/remote_evidence_sink.hpp"
#include "firmware/agent/target.hpp"
#include "firmware/agent/work.hpp"
#include "hw/log.hpp"
#include "imaging/acquisition.hpp"
#include "imaging/write_block_proof.hpp"
#include "web/messages/device_json.hpp"

namespace resus::agent {

namespace {

/// What is found out before the first byte is copied. The record says it, and the depot decides whether to go on.
struct Prepared {
  imaging::WriteBlockProof proof;
  std::unique_ptr<hw::DiskReader> reader;
  messages::DeviceFindings findings;
  std::string firmware_json;
};

hw::Result<Prepared> prepare(Tools& tools, const messages::Task& task) {
  RESUS_TRY(const auto disk, find_disk(tools, task));
  auto firmware = tools.firmware_json ? tools.firmware_json() : std::string();
  RESUS_TRY(auto proof, imaging::WriteBlockProof::begin(tools.disks, disk.path));
  RESUS_TRY(auto reader, tools.disks.open_reader(disk.path));
  RESUS_TRY(auto findings, messages::find_out(tools.disks, *reader));
  return Prepared{.proof = std::move(proof), .reader = std::move(reader), .findings = std::move(findings), .firmware_json = std::move(firmware)};
}

struct BegunCopy {
  messages::AcquisitionBegun answer;
  std::int64_t clock_offset_ms = 0;  ///< the depot's clock minus this machine's, to half a round trip
};

hw::Result<BegunCopy> begin_copy(Tools& tools, const messages::Task& task, const Prepared& prepared, const std::stop_token& stop) {
  const messages::BeginAcquisition begin{
      .attempt = task.attempt, .disk = prepared.proof.disk(), .questions = prepared.findings.questions};
  std::int64_t asked = 0;
  RESUS_TRY(auto answer, patiently(tools, stop, [&] {
    asked = tools.clock.now().time_since_epoch().count();
    return tools.api.begin_acquisition(begin);
  }));
  const auto heard = tools.clock.now().time_since_epoch().count();
  const auto depot_ms = static_cast<std::int64_t>(answer.time_ms);
  return BegunCopy{.answer = std::move(answer), .clock_offset_ms = depot_ms == 0 ? 0 : depot_ms - (asked + heard) / 2};
}

/// The device object of the record. Errors: kWriteBlock, kDiskChanged: the copy must not be called evidence.
hw::Result<std::string> proven_device(Tools& tools, const Prepared& prepared, const BegunCopy& begun,
                                      const imaging::AcquisitionSummary& summary) {
  RESUS_TRY(const auto proof, prepared.proof.finish(summary.device_gone));
  auto device = messages::device_object(prepared.proof.disk(), prepared.findings);
  device["write_block"] = boost::json::parse(proof);
  device["second_reading"] = messages::reread_object(summary.reread);
  if (!prepared.firmware_json.empty()) device["machine_firmware"] = boost::json::parse(prepared.firmware_json);
  device["boot_id"] = tools.boot_id;
  device["agent_build"] = RESUS_VERSION;
  device["clock_offset_ms"] = begun.clock_offset_ms;
  return boost::json::serialize(device);
}

}  // namespace

hw::Result<void> acquire(Tools& tools, BootMemory& memory, const messages::Task& task, const std::stop_token& stop) {
  memory.copied.reset();
  RESUS_TRY(const auto prepared, prepare(tools, task));
  const auto& disk = prepared.proof.disk();
  tools.status.begin_stage("copy", disk.size_bytes);
  RESUS_TRY(const auto begun, begin_copy(tools, task, prepared, stop));

  StatusProgress progress(tools.status);
  const auto device = [&](const imaging::AcquisitionSummary& summary) -> hw::Result<std::string> {
    tools.status.begin_stage("check", disk.size_bytes);
    return proven_device(tools, prepared, begun, summary);
  };
  RemoteEvidenceSink sink({.api = tools.api,
                           .acquisition_id = begun.answer.acquisition_id,
                           .progress = progress,
                           .pause = tools.pause,
                           .stop = stop,
                           .device_json = device});
  imaging::AcquisitionOptions options;
  options.md5 = options.sha1 = task.md5_sha1;
  options.pause = tools.pause;
  options.reread = begun.answer.reread;
  if (begun.answer.rescue_s > 0) options.rescue_time = std::chrono::seconds(begun.answer.rescue_s);
  RESUS_TRY(auto result, imaging::Acquisition::run(*prepared.reader, sink, options, progress, stop));
  hw::log(hw::LogLevel::kInfo, "agent", "copy verified by the depot: " + result.receipt.evidence_id);
  memory.copied = BootMemory::Copied{.attempt = task.attempt,
                                     .disk_path = disk.path,
                                     .receipt = std::move(result.receipt),
                                     .zero_segments = std::move(result.zero_segments)};
  memory.written = false;
  return hw::success();
}

}  // namespace resus::agent
