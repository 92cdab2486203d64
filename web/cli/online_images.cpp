#include "web/cli/online_images.hpp"

#include "web/cli/depot_jobs.hpp"
#include "web/cli/reports.hpp"
#include "web/depot/golden_import.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

/// The depot's words in those of the commands on a store of one's own.
json::object row_of(const json::object& image) {
  const auto field = [&](std::string_view key) {
    const auto* value = image.if_contains(key);
    return value != nullptr ? *value : json::value();
  };
  return {{"id", field("id")},         {"name", field("name")},             {"bytes", field("disk_bytes")},
          {"stored_bytes", field("stored_bytes")}, {"boot", field("boot_mode")}, {"partitions", field("partitions")},
          {"sha256", field("sha256")}, {"created_at", field("created_at")}};
}

hw::Result<std::string> source_for(const std::string& source) {
  if (depot::is_evidence_id(source)) return source;
  return absolute_path(source);
}

}  // namespace

hw::Result<int> online_image_import(Environment& environment, const std::string& data, const ImportArguments& arguments,
                                    bool detach, const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto source, source_for(arguments.source));
  const JobRequest request{.target = "/api/v1/images", .body = {{"source", source}, {"name", arguments.name}}, .verb = "importing", .detach = detach};
  RESUS_TRY(const auto image, run_job(environment, depot, request, stop));
  if (image) print_imported(environment, row_of(*image));
  return kExitOk;
}

hw::Result<int> online_image_list(Environment& environment, const std::string& data) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/images"));
  RESUS_TRY(const auto list, list_of(answer, "images"));
  json::array rows;
  for (const auto& one : list) {
    RESUS_TRY(const auto object, object_of(one, "image"));
    rows.push_back(row_of(object));
  }
  environment.output.table(kImageColumns, rows);
  return kExitOk;
}

hw::Result<int> online_image_show(Environment& environment, const std::string& data, const std::string& image) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/images/" + path_part(image)));
  RESUS_TRY(const auto object, object_of(answer, "image"));
  const auto* manifest = object.if_contains("manifest");
  if (manifest == nullptr) return hw::fail(hw::Code::kProtocol, "the depot's answer has no manifest");
  environment.output.print(*manifest, [&] { return pretty(*manifest); });
  return kExitOk;
}

hw::Result<int> online_image_verify(Environment& environment, const std::string& data, const std::string& image, bool detach,
                                    const std::stop_token& stop) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, data));
  const JobRequest request{.target = "/api/v1/images/" + path_part(image) + "/verify", .body = {}, .verb = "verifying", .detach = detach};
  RESUS_TRY(const auto report, run_job(environment, depot, request, stop));
  return report ? print_report(environment, *report) : kExitOk;
}

}  // namespace resus::web
