#pragma once
// Jobs of the running depot, begun and followed from the command line.
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "web/cli/depot_client.hpp"
#include "web/cli/environment.hpp"

namespace resus::web {

struct JobRequest {
  std::string target;          ///< "/api/v1/evidence/ev-…/verify"
  boost::json::object body;
  std::string verb;            ///< "verifying", for the progress line
  bool detach = false;         ///< print the job and return
};

/// Begins a job and follows it to its end. Nothing when it was detached: then it has been printed.
/// Interrupted, it asks the depot to cancel the job.
/// Errors: the depot's, the job's own, kCancelled, kNetwork: the job goes on at the depot.
[[nodiscard]] hw::Result<std::optional<boost::json::object>> run_job(Environment& environment, DepotClient& depot,
                                                                     const JobRequest& request,
                                                                     const std::stop_token& stop);

/// A path as the depot must be told it, which has another working directory. Errors: kUsage.
[[nodiscard]] hw::Result<std::string> absolute_path(const std::string& source);

/// Why a job ended without a result. @pre it is failed or cancelled
[[nodiscard]] hw::Error job_error(const boost::json::object& job);

/// A text field, empty when it is absent or null.
[[nodiscard]] std::string text_field(const boost::json::object& object, std::string_view key);
/// A number, 0 when it is absent.
[[nodiscard]] std::uint64_t number_field(const boost::json::object& object, std::string_view key);
/// An object of the depot's answer. Errors: kProtocol when it is none.
[[nodiscard]] hw::Result<boost::json::object> object_of(const boost::json::value& answer, std::string_view what);
/// The list under `key`. Errors: kProtocol.
[[nodiscard]] hw::Result<boost::json::array> list_of(const boost::json::value& answer, std::string_view key);

}  // namespace resus::web
