#include "web/depot/operator_api.hpp"

#include "web/depot/operator_sections.hpp"

namespace resus::depot {

OperatorApi::OperatorApi(OperatorServices services) : s_(std::move(services)) {}
OperatorApi::~OperatorApi() = default;

void OperatorApi::add_routes(Router& router) {
  routes_ = std::make_unique<OperatorRoutes>(router, s_.sign_in, s_.catalogue);
  add_session_routes(*routes_, s_);
  add_account_routes(*routes_, s_);
  add_overview_routes(*routes_, s_);
  add_machine_routes(*routes_, s_);
  add_store_routes(*routes_, s_);
  add_label_routes(*routes_, s_);
  add_job_routes(*routes_, s_);
  add_analysis_routes(*routes_, s_);
}

}  // namespace resus::depot
