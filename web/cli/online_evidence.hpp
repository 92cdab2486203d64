#pragma once
// `resus evidence …` and `resus custody …` at the running depot.
#include "web/cli/depot_client.hpp"
#include "web/cli/evidence_commands.hpp"

namespace resus::web {

/// As the commands of the same names on a store of one's own: same output, same exit statuses.
/// `data`: the running depot's folder.
[[nodiscard]] hw::Result<int> online_evidence_list(Environment& environment, const std::string& data);
[[nodiscard]] hw::Result<int> online_evidence_show(Environment& environment, const std::string& data, const std::string& id);
[[nodiscard]] hw::Result<int> online_evidence_verify(Environment& environment, const std::string& data, const std::string& id,
                                                     bool detach, const std::stop_token& stop);
[[nodiscard]] hw::Result<int> online_evidence_export(Environment& environment, const std::string& data,
                                                     const ExportArguments& arguments, const std::stop_token& stop);
[[nodiscard]] hw::Result<int> online_evidence_report(Environment& environment, const std::string& data,
                                                     const ReportArguments& arguments);
[[nodiscard]] hw::Result<int> online_custody_verify(Environment& environment, const std::string& data, bool detach,
                                                    const std::stop_token& stop);
/// The head the depot holds now, without reading the log.
[[nodiscard]] hw::Result<int> online_custody_head(Environment& environment, const std::string& data);

}  // namespace resus::web
