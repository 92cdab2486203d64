#pragma once
// The operators' API by subject; each adds its own routes. Only the operator_*.cpp files include it.
#include "web/depot/operator_api.hpp"
#include "web/depot/operator_routes.hpp"

namespace resus::depot {

/// The answer to a call that begins or cancels a job.
[[nodiscard]] Result<transport::Response> accepted(Result<Job> job);

/// `services` outlives the routes.
void add_session_routes(OperatorRoutes& routes, OperatorServices& services);
void add_account_routes(OperatorRoutes& routes, OperatorServices& services);
void add_machine_routes(OperatorRoutes& routes, OperatorServices& services);
void add_store_routes(OperatorRoutes& routes, OperatorServices& services);
void add_label_routes(OperatorRoutes& routes, OperatorServices& services);
void add_job_routes(OperatorRoutes& routes, OperatorServices& services);
void add_analysis_routes(OperatorRoutes& routes, OperatorServices& services);
void add_overview_routes(OperatorRoutes& routes, OperatorServices& services);

}  // namespace resus::depot
