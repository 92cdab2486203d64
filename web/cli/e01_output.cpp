#include "web/cli/e01_output.hpp"

#include <boost/json.hpp>

#include "imaging/labs/e01_files.hpp"
#include "imaging/labs/e01_pipeline.hpp"
#include "imaging/labs/side_file.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr const char* kTool = "resus " RESUS_VERSION;

hw::Result<imaging::E01Encoder::Setup> setup_of(const hw::Clock& clock, const ExportArguments& arguments, const imaging::EvidenceInfo& evidence) {
  imaging::E01Encoder::Setup setup;
  RESUS_TRY(setup.geometry, imaging::e01::geometry_of(evidence.record.disk_bytes, imaging::sector_bytes_of(evidence.record)));
  auto data = arguments.e01.data;
  RESUS_TRY(data.compression, imaging::e01::compression_of(arguments.e01.compression));
  data.program = kTool;
  data.written_at = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  setup.data = imaging::case_from_record(std::move(data), evidence.id, evidence.record);
  setup.segment_bytes = arguments.e01.segment_bytes;
  RESUS_TRY(imaging::E01Encoder::check(setup));
  return setup;
}

void print_done(Environment& environment, const ExportArguments& arguments, const E01Source& source, const imaging::e01::Hashes& hashes,
                const std::vector<std::string>& segments) {
  const auto& record = source.evidence.record;
  json::array names(segments.begin(), segments.end());
  const json::object done{{"id", source.evidence.id}, {"output", arguments.output}, {"bytes", record.disk_bytes},
                          {"sha256", to_hex(record.sha256)}, {"md5", hashes.md5}, {"sha1", hashes.sha1},
                          {"segments", std::move(names)}, {"unreadable", record.unreadable_bytes}};
  environment.output.print(done, [&] {
    auto text = "Exported " + source.evidence.id + " to " + arguments.output;
    if (segments.size() > 1) text += " … " + segments.back();
    text += "\n  SHA-256     " + to_hex(record.sha256) + ", as in the record\n  SHA-1       " + hashes.sha1 + "\n  MD5         " + hashes.md5;
    if (record.unreadable_bytes > 0) text += "\n  unreadable  " + human_bytes(record.unreadable_bytes) + ", listed in " + arguments.output + ".resus.json";
    return text;
  });
}

}  // namespace

hw::Result<int> export_e01(Environment& environment, const ExportArguments& arguments, const E01Source& source,
                           const std::stop_token& stop, const std::function<hw::Result<void>(HashedOutput&)>& produce) {
  RESUS_TRY(const auto setup, setup_of(environment.clock, arguments, source.evidence));
  RESUS_TRY(const auto set, imaging::E01Files::create(environment.files, arguments.output));
  imaging::E01Pipeline pipeline(setup, *set, std::max(1u, std::thread::hardware_concurrency()));
  ProgressLine line(environment, "exporting");
  HashedOutput out(pipeline, line, setup.geometry.disk_bytes, stop);
  RESUS_TRY(produce(out));
  RESUS_TRY(out.finish(source.evidence.record.sha256));
  RESUS_TRY(const auto hashes, pipeline.finish(source.unreadable));
  const auto segments = set->segment_names();
  const auto side = imaging::to_json(imaging::SideFile{.evidence_id = source.evidence.id, .record = source.evidence.record, .unreadable = source.unreadable,
                                                       .geometry = setup.geometry, .data = setup.data, .hashes = hashes, .segments = segments,
                                                       .record_file = set->record_name(), .tool = kTool, .written_at = hw::to_rfc3339(environment.clock.now())});
  RESUS_TRY(set->finish(side, source.envelope));
  print_done(environment, arguments, source, hashes, segments);
  return kExitOk;
}

}  // namespace resus::web
