#include "web/cli/image_commands.hpp"

#include <boost/json.hpp>

#include "imaging/gpt.hpp"
#include "web/cli/disk_description.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

bool is_evidence_id(const std::string& text) { return text.starts_with("ev-"); }

hw::Result<imaging::GoldenManifest> import_evidence(Environment& environment, Workbench& bench,
                                                    const ImportArguments& arguments,
                                                    const imaging::OnProgress& progress) {
  imaging::ImageDescription description;
  description.name = arguments.name;
  description.created_at = hw::to_rfc3339(environment.clock.now());
  description.tool = "resus " RESUS_VERSION;
  RESUS_TRY(auto evidence, bench.store().open_evidence(arguments.source));
  const imaging::DiskShape shape{evidence->map().disk_bytes(), 512};
  RESUS_TRY(auto table, imaging::read_partition_table(shape, [&](std::uint64_t offset, std::span<std::byte> out) {
    return evidence->read(offset, out);
  }));
  description.partition_table = table.kind;
  description.partitions = std::move(table.partitions);
  description.boot_mode = "both";
  return bench.store().import_image_from_evidence(arguments.source, description, bench.key(), progress);
}

hw::Result<imaging::GoldenManifest> import_disk(Environment& environment, Workbench& bench,
                                                const ImportArguments& arguments,
                                                const imaging::OnProgress& progress) {
  RESUS_TRY(auto reader, environment.disks.open_reader(arguments.source));
  RESUS_TRY(const auto description, describe_disk(environment, *reader, arguments.name));
  return bench.store().import_image(*reader, description, bench.key(), progress);
}

}  // namespace

int image_import(Environment& environment, const ImportArguments& arguments) {
  return with_bench(environment, arguments.store, [&](Workbench& bench) -> hw::Result<int> {
    ProgressLine line(environment, "importing");
    const imaging::OnProgress progress = [&](const imaging::Progress& p) { line.progress(p); };
    auto imported = is_evidence_id(arguments.source) ? import_evidence(environment, bench, arguments, progress)
                                                     : import_disk(environment, bench, arguments, progress);
    RESUS_TRY(const auto manifest, std::move(imported));
    RESUS_TRY(bench.note({.actor = "workbench",
                          .machine = {},
                          .action = "image.import",
                          .reason = {},
                          .details = json::serialize(json::object{{"image", manifest.id}, {"name", manifest.name}})}));
    RESUS_TRY(const auto image, bench.store().find_image(manifest.id));
    environment.output.print(image_json(image), [&] {
      return "Golden image " + manifest.name + " is " + manifest.id + "\n" + pretty(image_json(image), 2);
    });
    return kExitOk;
  });
}

int image_list(Environment& environment, const std::string& store) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    json::array rows;
    for (const auto& image : bench.store().images()) rows.push_back(image_json(image));
    environment.output.table({"id", "name", "bytes", "stored_bytes", "boot", "created_at"}, rows);
    return kExitOk;
  });
}

int image_show(Environment& environment, const std::string& store, const std::string& image) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    RESUS_TRY(const auto found, bench.store().find_image(image));
    const auto manifest = json::parse(imaging::to_json(found.manifest));
    environment.output.print(manifest, [&] { return pretty(manifest); });
    return kExitOk;
  });
}

int image_verify(Environment& environment, const std::string& store, const std::string& image) {
  return with_bench(environment, store, [&](Workbench& bench) -> hw::Result<int> {
    ProgressLine line(environment, "verifying");
    RESUS_TRY(const auto report, bench.store().verify_image(image, bench.trusted(), [&](const imaging::Progress& p) {
      line.progress(p);
    }));
    environment.output.print(report_json(image, report), [&] { return report_text(image, report); });
    return report.ok() ? kExitOk : kExitFailed;
  });
}

}  // namespace resus::web
