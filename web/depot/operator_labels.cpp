// Labels for PCs, to print.
#include "web/depot/operator_sections.hpp"
#include "web/depot/printed_page.hpp"
#include "web/report/label_page.hpp"

namespace resus::depot {
namespace {

using transport::Response;

constexpr std::size_t kMostLabels = 500;  ///< what an address of 16 KiB can name

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Result<report::Label> label_of(const OperatorServices& s, const std::string& id) {
  const auto machine = s.machines.find(id);
  if (!machine) return hw::fail(hw::Code::kNotFound, "there is no machine " + id);
  return report::Label{.machine = machine->id, .slot = machine->slot, .host = machine->hostname, .disk_serial = machine->disk.serial,
                       .evidence = machine->evidence.id, .head = imaging::to_string(s.custody.head()),
                       .link = s.origin() + "/m/" + machine->id, .printed_at = hw::to_rfc3339(s.clock.now())};
}

Result<Response> labels(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(const auto* paper, report::find_paper(call.request.param("paper", "a4")));
  const auto ids = split(call.request.param("ids"));
  if (ids.empty() || ids.size() > kMostLabels) {
    return hw::fail(hw::Code::kBadInput, "ids: 1 to " + std::to_string(kMostLabels) + " machine ids, separated by commas");
  }
  std::vector<report::Label> all;
  for (const auto& id : ids) {
    RESUS_TRY(auto label, label_of(s, id));
    all.push_back(std::move(label));
  }
  RESUS_TRY(auto page, report::label_page(all, *paper));
  return printed_page(std::move(page), report::label_style(*paper));
}

}  // namespace

void add_label_routes(OperatorRoutes& routes, OperatorServices& s) {
  routes.read("/api/v1/labels", [&s](const Call& call, const Person& person) { return labels(s, call, person); });
}

}  // namespace resus::depot
