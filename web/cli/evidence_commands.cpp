#include "web/cli/evidence_commands.hpp"

#include <boost/json.hpp>

#include "web/cli/progress_line.hpp"
#include "web/cli/raw_output.hpp"
#include "web/cli/reports.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/identity_json.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

json::object device_json(const hw::DiskIdentity& disk, std::uint64_t written_before, std::uint64_t written_at_open) {
  auto device = messages::disk_object(disk);
  device["write_block"] = json::object{{"sectors_written_before", written_before},
                                       {"sectors_written_at_open", written_at_open}};
  return device;
}

json::object acquired_json(const imaging::AcquisitionResult& result) {
  const auto& [receipt, summary, unreadable, zero] = result;
  json::array ranges;
  for (const auto& range : unreadable)
    ranges.push_back({{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}});
  return {{"id", receipt.evidence_id},
          {"root", to_hex(receipt.root)},
          {"sha256", to_hex(receipt.sha256)},
          {"md5", summary.md5},
          {"sha1", summary.sha1},
          {"bytes_read", summary.bytes_read},
          {"bytes_added", receipt.bytes_added},
          {"bytes_known", receipt.bytes_known},
          {"unreadable", summary.unreadable_bytes},
          {"unreadable_ranges", std::move(ranges)},
          {"seconds", summary.seconds},
          {"busy", messages::times_object(summary.times)}};
}

std::string times_text(const imaging::AcquisitionSummary& summary) {
  const auto& busy = summary.times;
  const auto part = [](const char* name, double seconds) {
    char text[64];
    std::snprintf(text, sizeof text, "%s %.1f s", name, seconds);
    return std::string(text);
  };
  return part("", summary.seconds).substr(1) + "; busy side by side: " + part("read", busy.read) + ", " + part("hash", busy.hash) +
         ", " + part("ask", busy.ask) + ", " + part("compress", busy.compress) + ", " + part("write", busy.send);
}

std::string acquired_text(const imaging::AcquisitionResult& result) {
  const auto& [receipt, summary, unreadable, zero] = result;
  return "Evidence " + receipt.evidence_id + "\n  SHA-256     " + to_hex(receipt.sha256) + "\n  root        " +
         to_hex(receipt.root) + "\n  read        " + human_bytes(summary.bytes_read) + "\n  added       " +
         human_bytes(receipt.bytes_added) + "\n  known       " + human_bytes(receipt.bytes_known) +
         "\n  unreadable  " + human_bytes(summary.unreadable_bytes) + " in " + std::to_string(unreadable.size()) +
         " ranges\n  time        " + times_text(summary);
}

hw::Result<imaging::Store*> note_and_pass(Workbench& bench, const std::string& action, const std::string& who,
                                          const json::object& details) {
  RESUS_TRY(bench.note({.actor = who.empty() ? "workbench" : who,
                        .machine = {},
                        .action = action,
                        .reason = {},
                        .details = json::serialize(details)}));
  return &bench.store();
}

}  // namespace

hw::Result<imaging::AcquisitionResult> acquire(Environment& environment, Workbench& bench,
                                               const AcquireArguments& arguments, const std::stop_token& stop) {
  auto& disks = environment.disks;
  RESUS_TRY(const auto before, disks.identify(arguments.disk));
  RESUS_TRY(disks.write_block(arguments.disk));
  RESUS_TRY(const auto written_before, disks.sectors_written(arguments.disk));
  RESUS_TRY(auto reader, disks.open_reader(arguments.disk));
  RESUS_TRY(const auto written_at_open, disks.sectors_written(arguments.disk));

  imaging::EvidenceOptions options;
  options.context.operator_name = arguments.operator_name;
  options.context.tool = "resus " RESUS_VERSION;
  options.key = &bench.key();
  options.clock = &environment.clock;
  options.trusted_producer = true;
  options.reread = arguments.reread;
  ProgressLine checking(environment, "checking the copy");
  options.on_reread = [&](const imaging::Progress& progress) { checking.progress(progress); };
  RESUS_TRY(auto sink, bench.store().begin_evidence(before.size_bytes, std::move(options)));

  imaging::AcquisitionOptions how;
  how.zstd_level = arguments.zstd_level;
  how.md5 = arguments.md5;
  how.sha1 = arguments.sha1;
  how.device_json = json::serialize(device_json(before, written_before, written_at_open));
  ProgressLine copying(environment, "copying");
  RESUS_TRY(auto result, imaging::Acquisition::run(*reader, *sink, how, copying, stop));
  RESUS_TRY(note_and_pass(bench, "evidence.complete", arguments.operator_name, acquired_json(result)));
  return result;
}

int evidence_acquire(Environment& environment, const AcquireArguments& arguments, const std::stop_token& stop) {
  return with_bench(environment, arguments.store, [&](Workbench& bench) -> hw::Result<int> {
    RESUS_TRY(const auto result, acquire(environment, bench, arguments, stop));
    environment.output.print(acquired_json(result), [&] { return acquired_text(result); });
    return kExitOk;
  });
}

int evidence_list(Environment& environment, const std::string& store) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    json::array rows;
    for (const auto& evidence : bench.store().evidence()) rows.push_back(evidence_json(evidence));
    environment.output.table({"id", "machine", "bytes", "sha256", "verified_at"}, rows);
    return kExitOk;
  });
}

int evidence_show(Environment& environment, const std::string& store, const std::string& id) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    RESUS_TRY(const auto evidence, bench.store().find_evidence(id));
    const auto record = json::parse(imaging::to_json(evidence.record));
    environment.output.print(record, [&] { return pretty(record); });
    return kExitOk;
  });
}

int evidence_verify(Environment& environment, const std::string& store, const std::string& id) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    ProgressLine line(environment, "verifying");
    RESUS_TRY(const auto report, bench.store().verify_evidence(
                                     id, bench.trusted(), [&](const imaging::Progress& p) { line.progress(p); }));
    RESUS_TRY(note_and_pass(bench, "evidence.verify", {}, {{"evidence", id}, {"ok", report.ok()}}));
    environment.output.print(report_json(id, report), [&] { return report_text(id, report); });
    return report.ok() ? kExitOk : kExitFailed;
  });
}

int evidence_export(Environment& environment, const ExportArguments& arguments) {
  return with_bench(environment, arguments.store, [&](Workbench& bench) -> hw::Result<int> {
    RESUS_TRY(auto evidence, bench.store().open_evidence(arguments.id));
    RESUS_TRY(note_and_pass(bench, "evidence.export", {},
                            {{"evidence", arguments.id}, {"format", arguments.format}, {"output", arguments.output}}));
    if (arguments.output == "-") {
      PipeOutput pipe(environment.raw_out);
      RESUS_TRY(evidence->export_raw(pipe));
      environment.raw_out.flush();
      return kExitOk;
    }
    RESUS_TRY(auto file, SparseFile::create(environment.files, arguments.output));
    RESUS_TRY(evidence->export_raw(file));
    RESUS_TRY(file.finish());
    const json::object done{{"id", arguments.id}, {"output", arguments.output},
                            {"bytes", evidence->map().disk_bytes()}};
    environment.output.print(done, [&] { return "Exported " + arguments.id + " to " + arguments.output; });
    return kExitOk;
  });
}

int custody_verify(Environment& environment, const std::string& store) {
  const auto check = [&]() -> hw::Result<imaging::CustodyReport> {
    RESUS_TRY(const auto keys, imaging::trusted_keys(environment.files, store));
    return imaging::verify_custody(environment.files, store + "/custody.log", keys);
  };
  const auto report = check();
  if (!report) return environment.output.fail(report.error());
  const bool ok = !report.value().first_broken_line;
  environment.output.print(custody_json(report.value()), [&] { return custody_text(report.value()); });
  return ok ? kExitOk : kExitFailed;
}

}  // namespace resus::web
