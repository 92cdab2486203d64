#pragma once
// The operators' calls: web/API.md, "Operators' API".
#include <boost/json.hpp>
#include <functional>
#include <memory>

#include "imaging/store.hpp"
#include "web/depot/approvals.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/scan_gate.hpp"
#include "web/depot/batches.hpp"
#include "web/depot/event_hub.hpp"
#include "web/depot/evidence_exports.hpp"
#include "web/depot/evidence_reports.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/backup_jobs.hpp"
#include "web/depot/job_again.hpp"
#include "web/depot/operators.hpp"
#include "web/depot/retention.hpp"
#include "web/depot/router.hpp"
#include "web/depot/sign_in.hpp"
#include "web/depot/stamping.hpp"
#include "web/depot/store_jobs.hpp"

namespace resus::depot {

/// Everything outlives the API.
struct OperatorServices {
  Machines& machines;
  Approvals& approvals;
  Batches& batches;
  imaging::Store& store;
  imaging::CustodyLog& custody;
  BackupShelf& backups;
  ScanGate& scan_gate;
  Catalogue& catalogue;
  EventHub& events;
  SignIn& sign_in;
  Operators& operators;
  Jobs& jobs;
  StoreJobs& store_jobs;
  BackupJobs& backup_jobs;
  AnalysisJobs& analysis_jobs;
  JobAgain& job_again;
  EvidenceExports& exports;
  EvidenceReports& reports;
  Stamper& stamper;
  Retention& retention;
  const hw::Clock& clock;
  std::string incident;
  std::function<std::string()> origin;  ///< "https://10.77.0.1": where browsers find the pages
  std::function<boost::json::object()> depot_state;  ///< used_bytes, total_bytes, rx_bps, address, netboot …
};

class OperatorRoutes;

/// Threads: any.
class OperatorApi {
 public:
  explicit OperatorApi(OperatorServices services);
  ~OperatorApi();
  /// Once; `router` outlives the API's last call.
  void add_routes(Router& router);

 private:
  OperatorServices s_;
  std::unique_ptr<OperatorRoutes> routes_;
};

/// rev, boot and server time, as `hello` says.
[[nodiscard]] std::string hello_json(const Machines& machines, const EventHub& events, const hw::Clock& clock);
/// The machine as event or list item.
[[nodiscard]] std::string machine_event_json(const MachineRecord& record, const LiveFacts& live);

}  // namespace resus::depot
