#pragma once
// The operators' calls: web/API.md, "Operators' API".
#include <atomic>
#include <boost/json.hpp>
#include <functional>

#include "imaging/store.hpp"
#include "web/depot/approvals.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/batches.hpp"
#include "web/depot/event_hub.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/router.hpp"
#include "web/depot/sign_in.hpp"

namespace resus::depot {

/// Everything outlives the API.
struct OperatorServices {
  Machines& machines;
  Approvals& approvals;
  Batches& batches;
  imaging::Store& store;
  imaging::CustodyLog& custody;
  BackupShelf& backups;
  Catalogue& catalogue;
  EventHub& events;
  SignIn& sign_in;
  const hw::Clock& clock;
  std::string incident;
  std::function<boost::json::object()> depot_state;  ///< used_bytes, total_bytes, rx_bps, address, netboot …
};

/// Threads: any.
class OperatorApi {
 public:
  explicit OperatorApi(OperatorServices services) : s_(std::move(services)) {}
  void add_routes(Router& router);

 private:
  using Method = Result<transport::Response> (OperatorApi::*)(const Call&, const Person&);
  void read(Router& router, const char* pattern, Method call);
  void write(Router& router, const char* method, const char* pattern, Role least, Method call);

  Result<transport::Response> sign_in(const Call& call);
  Result<transport::Response> session(const Call& call, const Person& person);
  Result<transport::Response> sign_out(const Call& call, const Person& person);
  Result<transport::Response> snapshot(const Call& call, const Person& person);
  Result<transport::Response> machines(const Call& call, const Person& person);
  Result<transport::Response> machine(const Call& call, const Person& person);
  Result<transport::Response> machine_log(const Call& call, const Person& person);
  Result<transport::Response> machine_evidence(const Call& call, const Person& person);
  Result<transport::Response> events(const Call& call, const Person& person);
  Result<transport::Response> post_batch(const Call& call, const Person& person);
  Result<transport::Response> get_batch(const Call& call, const Person& person);
  Result<transport::Response> images(const Call& call, const Person& person);
  Result<transport::Response> backups(const Call& call, const Person& person);
  Result<transport::Response> evidence(const Call& call, const Person& person);
  Result<transport::Response> audit(const Call& call, const Person& person);
  Result<transport::Response> help(const Call& call, const Person& person);
  Result<transport::Response> plan(const Call& call, const Person& person);
  Result<transport::Response> set_plan(const Call& call, const Person& person);
  transport::Response metrics();
  transport::Response ready();
  boost::json::object plan_object() const;

  OperatorServices s_;
};

/// rev, boot and server time, as `hello` says.
[[nodiscard]] std::string hello_json(const Machines& machines, const EventHub& events, const hw::Clock& clock);
/// The machine as event or list item.
[[nodiscard]] std::string machine_event_json(const MachineRecord& record, const LiveFacts& live);

}  // namespace resus::depot
