#include "web/cli/evidence_commands.hpp"

#include <boost/json.hpp>

#include "imaging/trusted_keys.hpp"
#include "web/cli/acquisition_stats.hpp"
#include "web/cli/e01_output.hpp"
#include "imaging/write_block_proof.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/raw_output.hpp"
#include "web/cli/reports.hpp"
#include "web/depot/stamping.hpp"
#include "web/depot/store_json.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/identity_json.hpp"
#include "web/report/evidence_report.hpp"
#include "web/report/report_page.hpp"
#include "web/report/stamp_facts.hpp"
#include "web/messages/device_json.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

json::object acquired_json(const imaging::AcquisitionResult& result) {
  const auto& [receipt, summary, unreadable, zero] = result;
  json::array ranges;
  for (const auto& range : unreadable)
    ranges.push_back({{"offset_bytes", range.offset_bytes},
                      {"length_bytes", range.length_bytes},
                      {"cause", imaging::to_string(range.cause)}});
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
          {"second_reading", messages::reread_object(summary.reread)},
          {"seconds", summary.seconds},
          {"busy", messages::times_object(summary.times)}};
}

std::string reread_text(const imaging::RereadOutcome& reread) {
  if (reread.policy == imaging::RereadPolicy::kNone) return {};
  std::string text = "  read again  " + human_bytes(reread.bytes) + ", " + std::to_string(reread.differences.size()) + " places differ\n";
  for (const auto& range : reread.differences) {
    text += "    differs   bytes " + std::to_string(range.offset_bytes) + " to " +
            std::to_string(range.offset_bytes + range.length_bytes - 1) + "\n";
  }
  return text;
}

std::string acquired_text(const imaging::AcquisitionResult& result) {
  const auto& [receipt, summary, unreadable, zero] = result;
  return "Evidence " + receipt.evidence_id + "\n  SHA-256     " + to_hex(receipt.sha256) + "\n  root        " +
         to_hex(receipt.root) + "\n  read        " + human_bytes(summary.bytes_read) + "\n  added       " +
         human_bytes(receipt.bytes_added) + "\n  known       " + human_bytes(receipt.bytes_known) +
         "\n  unreadable  " + human_bytes(summary.unreadable_bytes) + " in " + std::to_string(unreadable.size()) +
         " ranges\n" + reread_text(summary.reread) + "  time        " + times_text(summary);
}

/// Errors: kDiskQuestion.
hw::Result<void> no_questions(const messages::DeviceFindings& findings) {
  std::string text;
  for (const auto& question : findings.questions) text += (text.empty() ? "" : "; ") + question.text;
  if (text.empty()) return hw::success();
  return hw::fail(hw::Code::kDiskQuestion, text + " (`resus evidence acquire --as-it-is` copies the disk all the same)");
}

/// Puts the proof of the write block into the summary when everything was read, and lets nothing pass without it.
class ProvenSink final : public imaging::EvidenceSink {
 public:
  ProvenSink(imaging::EvidenceSink& sink, const imaging::WriteBlockProof& proof) : sink_(sink), proof_(proof) {}
  hw::Result<imaging::Wanted> offer(const imaging::SegmentOffer& offer) override { return sink_.offer(offer); }
  hw::Result<void> deliver(const imaging::Frame& frame) override { return sink_.deliver(frame); }
  hw::Result<imaging::EvidenceReceipt> finish(const imaging::AcquisitionSummary& summary) override {
    RESUS_TRY(const auto proof, proof_.finish(summary.device_gone));
    auto device = json::parse(summary.device_json).as_object();
    device["write_block"] = json::parse(proof);
    device["second_reading"] = messages::reread_object(summary.reread);
    auto proven = summary;
    proven.device_json = json::serialize(device);
    return sink_.finish(proven);
  }

 private:
  imaging::EvidenceSink& sink_;
  const imaging::WriteBlockProof& proof_;
};

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
  RESUS_TRY(const auto proof, imaging::WriteBlockProof::begin(disks, arguments.disk));
  RESUS_TRY(auto reader, disks.open_reader(arguments.disk));
  RESUS_TRY(const auto findings, messages::find_out(disks, *reader));
  if (!arguments.as_it_is) {
    RESUS_TRY(no_questions(findings));
  }

  imaging::EvidenceOptions options;
  options.context.operator_name = arguments.operator_name;
  options.context.tool = "resus " RESUS_VERSION;
  options.key = &bench.key();
  options.clock = &environment.clock;
  options.trusted_producer = true;
  options.reread = arguments.reread;
  ProgressLine checking(environment, "checking the copy");
  options.on_reread = [&](const imaging::Progress& progress) { checking.progress(progress); };
  RESUS_TRY(auto sink, bench.store().begin_evidence(proof.disk().size_bytes, std::move(options)));

  imaging::AcquisitionOptions how;
  how.zstd_level = arguments.zstd_level;
  how.md5 = arguments.md5;
  how.sha1 = arguments.sha1;
  how.reread = arguments.second_reading;
  how.rescue_time = std::chrono::minutes(arguments.rescue_minutes);
  how.device_json = json::serialize(messages::device_object(proof.disk(), findings));
  ProgressLine copying(environment, "copying");
  ProvenSink proven(*sink, proof);
  RESUS_TRY(auto result, imaging::Acquisition::run(*reader, proven, how, copying, stop));
  RESUS_TRY(note_and_pass(bench, "evidence.complete", arguments.operator_name, acquired_json(result)));
  return result;
}

int evidence_acquire(Environment& environment, const AcquireArguments& arguments, const std::stop_token& stop) {
  return with_bench(environment, arguments.store, [&](Workbench& bench) -> hw::Result<int> {
    RESUS_TRY(const auto result, acquire(environment, bench, arguments, stop));
    const auto added = result.receipt.bytes_added;
    auto done = acquired_json(result);
    if (arguments.stats) done["stats"] = stats_object(result.summary, added);
    environment.output.print(done, [&] { return acquired_text(result) + (arguments.stats ? stats_text(result.summary, added) : ""); });
    return kExitOk;
  });
}

hw::Result<int> evidence_list(Environment& environment, const std::string& store) {
  RESUS_TRY(const auto looked_at, look_at(environment, store));
  json::array rows;
  for (const auto& evidence : looked_at->evidence()) rows.push_back(evidence_json(evidence));
  environment.output.table(kEvidenceColumns, rows);
  return kExitOk;
}

hw::Result<int> evidence_show(Environment& environment, const std::string& store, const std::string& id) {
  RESUS_TRY(const auto looked_at, look_at(environment, store));
  RESUS_TRY(const auto evidence, looked_at->find_evidence(id));
  const auto record = json::parse(imaging::to_json(evidence.record));
  environment.output.print(record, [&] { return pretty(record); });
  return kExitOk;
}

namespace {

constexpr std::size_t kMostCertificateBytes = 1 << 20;

hw::Result<std::string> certificates(Environment& environment, const std::string& file) {
  if (file.empty()) return std::string();
  return environment.files.read_all(file, kMostCertificateBytes);
}

/// What the check of the bytes found, and what the stamp is worth.
hw::Result<json::object> with_stamp(Environment& environment, const imaging::Store& store, const std::string& id,
                                    const imaging::VerifyReport& report, const std::string& tsa_ca) {
  RESUS_TRY(const auto ca_pem, certificates(environment, tsa_ca));
  auto whole = depot::report_object(id, report);
  report::add_stamp(whole, report::stamp_facts(store, id, ca_pem));
  return whole;
}

}  // namespace

hw::Result<int> evidence_stamp(Environment& environment, const StampArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto authority, depot::stamp_authority(environment.files, arguments.url, arguments.ca_file, arguments.policy));
  RESUS_TRY(auto bench, Workbench::open(environment, arguments.store));
  RESUS_TRY(const auto facts, depot::ask_for_stamp(bench.store(), arguments.id, authority, stop));
  RESUS_TRY(note_and_pass(bench, "evidence.stamp", {}, {{"evidence", arguments.id}, {"time", facts.time}, {"authority", facts.authority}, {"serial", facts.serial}}));
  auto done = report::stamped_facts(facts);
  done["id"] = arguments.id;
  environment.output.print(done, [&] { return arguments.id + " stamped at " + facts.time + " by " + facts.authority; });
  return kExitOk;
}

hw::Result<int> evidence_verify(Environment& environment, const Source& source, const std::string& id,
                                const std::stop_token& stop) {
  ProgressLine line(environment, "verifying");
  const auto tell = [&](const imaging::Progress& p) { line.progress(p); };
  if (!source.keys.empty()) {
    RESUS_TRY(const auto keys, imaging::keys_of_file(environment.files, source.keys));
    RESUS_TRY(const auto store, look_at(environment, source.store));
    RESUS_TRY(const auto report, store->verify_evidence(id, keys, tell, stop));
    RESUS_TRY(const auto whole, with_stamp(environment, *store, id, report, source.tsa_ca));
    return print_report(environment, whole);
  }
  RESUS_TRY(auto bench, Workbench::open(environment, source.store));
  RESUS_TRY(const auto report, bench.store().verify_evidence(id, bench.trusted(), tell, stop));
  RESUS_TRY(const auto whole, with_stamp(environment, bench.store(), id, report, source.tsa_ca));
  RESUS_TRY(note_and_pass(bench, "evidence.verify", {}, {{"evidence", id}, {"ok", whole.at("ok")}}));
  return print_report(environment, whole);
}

hw::Result<int> export_to(Environment& environment, const ExportArguments& arguments, const Expected& expected,
                          const std::stop_token& stop, const std::function<hw::Result<void>(HashedOutput&)>& produce) {
  ProgressLine line(environment, "exporting");
  if (arguments.output == "-") {
    PipeOutput pipe(environment.raw_out);
    HashedOutput out(pipe, line, expected.bytes, stop);
    RESUS_TRY(produce(out));
    RESUS_TRY(out.finish(expected.sha256));
    environment.raw_out.flush();
    return kExitOk;
  }
  RESUS_TRY(const auto file, imaging::SparseFile::create(environment.files, arguments.output));
  HashedOutput out(*file, line, expected.bytes, stop);
  RESUS_TRY(produce(out));
  RESUS_TRY(out.finish(expected.sha256));
  RESUS_TRY(file->finish());
  const json::object done{{"id", arguments.id}, {"output", arguments.output}, {"bytes", expected.bytes},
                          {"sha256", to_hex(expected.sha256)}};
  environment.output.print(done, [&] {
    return "Exported " + arguments.id + " to " + arguments.output + "\n  SHA-256 " + to_hex(expected.sha256) + ", as in the record";
  });
  return kExitOk;
}

/// As the arguments want it, out of a store at hand.
hw::Result<int> export_of(Environment& environment, const imaging::Store& store, const ExportArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto info, store.find_evidence(arguments.id));
  RESUS_TRY(const auto evidence, store.open_evidence(arguments.id));
  const auto produce = [&](HashedOutput& out) { return evidence->export_raw(out); };
  if (arguments.format == "raw") return export_to(environment, arguments, {evidence->map().disk_bytes(), info.record.sha256}, stop, produce);
  RESUS_TRY(const auto envelope, store.record_envelope(arguments.id));
  return export_e01(environment, arguments, {info, evidence->map().unreadable(), envelope}, stop, produce);
}

/// The record stands behind the export only if somebody who is believed has signed it.
hw::Result<int> export_from_copy(Environment& environment, const Source& source, const ExportArguments& arguments,
                                 const std::stop_token& stop) {
  RESUS_TRY(const auto keys, imaging::keys_of_file(environment.files, source.keys));
  RESUS_TRY(const auto store, look_at(environment, source.store));
  RESUS_TRY(const auto envelope, store->record_envelope(arguments.id));
  RESUS_TRY(imaging::open_envelope(envelope, imaging::Purpose::kRecord, keys, hw::Code::kEvidenceDamaged));
  return export_of(environment, *store, arguments, stop);
}

hw::Result<int> evidence_export(Environment& environment, const Source& source, const ExportArguments& arguments,
                                const std::stop_token& stop) {
  if (!source.keys.empty()) return export_from_copy(environment, source, arguments, stop);
  RESUS_TRY(auto bench, Workbench::open(environment, source.store));
  RESUS_TRY(bench.store().open_evidence(arguments.id));
  RESUS_TRY(note_and_pass(bench, "evidence.export", {},
                          {{"evidence", arguments.id}, {"format", arguments.format}, {"output", arguments.output}}));
  return export_of(environment, bench.store(), arguments, stop);
}

hw::Result<int> write_document(Environment& environment, const std::string& output, const std::string& text) {
  if (output == "-") {
    environment.raw_out << text;
    environment.raw_out.flush();
    return environment.raw_out ? hw::Result<int>(kExitOk) : hw::fail(hw::Code::kWrite, "standard output does not take more");
  }
  RESUS_TRY(const bool there, environment.files.exists(output));
  if (there) return hw::fail(hw::Code::kConflict, output + " exists; nothing is overwritten");
  RESUS_TRY(environment.files.replace(output, text));
  const json::object done{{"output", output}, {"bytes", text.size()}};
  environment.output.print(done, [&] { return "Wrote " + output; });
  return kExitOk;
}

hw::Result<int> evidence_report(Environment& environment, const Source& source, const ReportArguments& arguments) {
  auto& files = environment.files;
  RESUS_TRY(const auto keys, source.keys.empty() ? imaging::trusted_keys(files, source.store)
                                                 : imaging::keys_of_file(files, source.keys));
  RESUS_TRY(const auto store, look_at(environment, source.store));
  RESUS_TRY(const auto ca_pem, certificates(environment, source.tsa_ca));
  RESUS_TRY(store->find_record(arguments.id));
  RESUS_TRY(const auto facts, report::evidence_report({.files = files, .store = *store, .store_path = source.store, .trusted = keys,
                                                       .now = hw::to_rfc3339(environment.clock.now()), .made_by = "resus " RESUS_VERSION,
                                                       .stamp = report::stamp_facts(*store, arguments.id, ca_pem)}, arguments.id));
  return write_document(environment, arguments.output,
                        arguments.format == "json" ? json::serialize(facts) + "\n" : report::report_page(facts));
}

hw::Result<int> custody_verify(Environment& environment, const Source& source) {
  auto& files = environment.files;
  RESUS_TRY(const auto keys, source.keys.empty() ? imaging::trusted_keys(files, source.store)
                                                 : imaging::keys_of_file(files, source.keys));
  RESUS_TRY(const auto report, imaging::verify_custody(files, source.store + "/custody.log", keys));
  return print_custody(environment, depot::custody_object(report));
}

}  // namespace resus::web
