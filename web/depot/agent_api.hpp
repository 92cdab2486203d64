#pragma once
// The agents' calls: web/API.md, "Agent API".
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "imaging/store.hpp"
#include "web/depot/acquisitions.hpp"
#include "web/depot/approvals.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/scan_gate.hpp"
#include "web/depot/long_polls.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/permits.hpp"
#include "web/depot/router.hpp"
#include "web/transport/server.hpp"

namespace resus::depot {

/// What the restored system is told so that it can report in.
struct PhoneHomeAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string spki_sha256;
};

/// Everything outlives the API.
struct AgentServices {
  Machines& machines;
  Acquisitions& acquisitions;
  Approvals& approvals;
  Permits& permits;
  imaging::Store& store;
  BackupShelf& backups;
  ScanGate& scan_gate;
  LongPolls& polls;
  Catalogue& catalogue;
  const hw::Clock& clock;
  /// When a boot ticket was issued for one of the machine's cards (UTC ms), 0 for one that is not genuine.
  std::function<std::int64_t(const std::string& ticket, const hw::MachineIdentity&)> ticket_issued_ms;
  std::function<PhoneHomeAddress()> phone_home;
  std::vector<std::string> key_handovers = {};  ///< envelopes, of earlier rotations
};

/// Threads: any.
class AgentApi {
 public:
  explicit AgentApi(AgentServices services) : s_(std::move(services)) {}
  void add_routes(Router& router);
  /// Port https: the restored system reports in.
  [[nodiscard]] Result<transport::Response> phone_home(const Call& call);
  /// Largest request body. Anybody can make a certificate: until its machine is approved, no more than an enrolment.
  [[nodiscard]] std::uint64_t body_limit(const transport::RequestHead& head) const;

 private:
  using Method = Result<transport::Response> (AgentApi::*)(const Call&, const MachineRecord&);
  void add(Router& router, const char* method, const char* pattern, Method call);
  [[nodiscard]] Result<MachineRecord> caller(const Call& call) const;

  Result<transport::Response> enrol(const Call& call);
  void task(const Call& call, const transport::Responder& respond);
  Result<transport::Response> progress(const Call& call, const MachineRecord& machine);
  Result<transport::Response> log(const Call& call, const MachineRecord& machine);
  Result<transport::Response> trouble(const Call& call, const MachineRecord& machine);
  Result<transport::Response> begin(const Call& call, const MachineRecord& machine);
  Result<transport::Response> finish(const Call& call, const MachineRecord& machine);
  void acquisition(const Call& call, const transport::Responder& respond);
  Result<transport::Response> keys(const Call& call, const MachineRecord& machine);
  Result<transport::Response> permit(const Call& call, const MachineRecord& machine);
  Result<transport::Response> image_manifest(const Call& call, const MachineRecord& machine);
  Result<transport::Response> image_nodes(const Call& call, const MachineRecord& machine);
  Result<transport::Response> image_segments(const Call& call, const MachineRecord& machine);
  Result<transport::Response> deploy_plan(const Call& call, const MachineRecord& machine);
  Result<transport::Response> deployed(const Call& call, const MachineRecord& machine);
  Result<transport::Response> restore(const Call& call, const MachineRecord& machine);
  Result<transport::Response> backup_archive(const Call& call, const MachineRecord& machine);
  Result<transport::Response> backup_manifest(const Call& call, const MachineRecord& machine);
  Result<transport::Response> restored(const Call& call, const MachineRecord& machine);
  /// The backup named in the path, if it is the machine's or a part of it. Errors: kNotFound, kNotApproved.
  Result<BackupInfo> backup_of(const Call& call, const MachineRecord& machine) const;
  Result<std::shared_ptr<imaging::ImageSource>> image_of(const Call& call, const MachineRecord& machine);

  AgentServices s_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<imaging::ImageSource>> images_;
};

}  // namespace resus::depot
