#include "web/cli/image_commands.hpp"

#include <boost/json.hpp>

#include "web/cli/progress_line.hpp"
#include "web/cli/reports.hpp"
#include "web/depot/golden_import.hpp"
#include "web/depot/store_json.hpp"

namespace resus::web {
namespace json = boost::json;

hw::Result<int> image_import(Environment& environment, const std::string& store, const ImportArguments& arguments,
                             const std::stop_token& stop) {
  RESUS_TRY(auto bench, Workbench::open(environment, store));
  ProgressLine line(environment, "importing");
  const depot::ImportTools tools{environment.disks, environment.partitions, environment.clock, bench.store(), bench.key()};
  RESUS_TRY(const auto manifest, depot::import_golden(tools, arguments.source, arguments.name,
                                                      [&](const imaging::Progress& p) { line.progress(p); }, stop));
  RESUS_TRY(bench.note({.actor = "workbench",
                        .machine = {},
                        .action = "image.import",
                        .reason = {},
                        .details = json::serialize(json::object{{"image", manifest.id}, {"name", manifest.name}})}));
  RESUS_TRY(const auto image, bench.store().find_image(manifest.id));
  print_imported(environment, image_json(image));
  return kExitOk;
}

hw::Result<int> image_list(Environment& environment, const std::string& store) {
  RESUS_TRY(const auto looked_at, look_at(environment, store));
  json::array rows;
  for (const auto& image : looked_at->images()) rows.push_back(image_json(image));
  environment.output.table(kImageColumns, rows);
  return kExitOk;
}

hw::Result<int> image_show(Environment& environment, const std::string& store, const std::string& image) {
  RESUS_TRY(const auto looked_at, look_at(environment, store));
  RESUS_TRY(const auto found, looked_at->find_image(image));
  const auto manifest = json::parse(imaging::to_json(found.manifest));
  environment.output.print(manifest, [&] { return pretty(manifest); });
  return kExitOk;
}

hw::Result<int> image_verify(Environment& environment, const std::string& store, const std::string& image,
                             const std::stop_token& stop) {
  RESUS_TRY(auto bench, Workbench::open(environment, store));
  ProgressLine line(environment, "verifying");
  RESUS_TRY(const auto report, bench.store().verify_image(
                                   image, bench.trusted(), [&](const imaging::Progress& p) { line.progress(p); }, stop));
  return print_report(environment, depot::report_object(image, report));
}

}  // namespace resus::web
