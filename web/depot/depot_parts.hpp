#pragma once
// Everything a depot is made of. Only the depot's own files include it.
#include <boost/json.hpp>

#include "web/depot/agent_api.hpp"
#include "web/depot/boot_room.hpp"
#include "web/depot/depot.hpp"
#include "web/depot/depot_state.hpp"
#include "web/depot/heartbeat.hpp"
#include "web/depot/job_record.hpp"
#include "web/depot/operator_api.hpp"
#include "web/depot/secrets.hpp"
#include "web/depot/stamping.hpp"

namespace resus::depot {

/// Members stand in the order in which they need each other; stop() ends them the other way round.
struct Depot::Parts {
  Parts(Config c, Platform p, Vault v, std::unique_ptr<Machines> m, std::vector<FinishedStage> history,
        std::optional<StampAuthority> authority)
      : config(std::move(c)), platform(p), vault(std::move(v)), machines(std::move(m)), forecast(std::move(history)),
        room(*vault.store, platform.clock, config.address),
        backups(platform.files, config.data + "/backups"),
        approvals(*machines, *vault.store, backups, *vault.catalogue, platform.clock, config.plan),
        scan_gate(approvals, backups, platform.files, config.data + "/store"),
        permits(*vault.store, *vault.custody, *vault.key, platform.clock),
        acquisitions(*vault.store, *machines, *vault.key, platform.clock, config.incident),
        events(random_hex(4)), sign_in(*vault.catalogue, platform.clock, vault.admin_token), accounts(*vault.catalogue, *vault.custody),
        batches(*machines, approvals, *vault.catalogue, platform.clock), boot(config, platform), jobs(platform.clock, [this](const Job& job) { return vault.catalogue->put_job(stored_job(job)); }),
        exports(*vault.store, jobs),
        stamper(*vault.store, *vault.custody, std::move(authority)),
        retention(retention_services()),
        reports(*vault.store, *machines, backups, platform.files, platform.clock, stamper, config.data + "/store"), store_jobs(store_job_services()), backup_jobs(backup_job_services()),
        analysis_jobs(analysis_job_services()), job_again(jobs, store_jobs, backup_jobs, analysis_jobs),
        agents(agent_services()), operators(operator_services()) {}

  AgentServices agent_services();
  OperatorServices operator_services();
  StoreJobServices store_job_services();
  RetentionServices retention_services();
  BackupJobServices backup_job_services();
  AnalysisJobServices analysis_job_services();
  boost::json::object state() const { return room.object(boot.state()); }
  std::string origin() const;
  std::vector<std::string> baked_keys() const;
  void beat(std::uint64_t number);
  void observe();
  void recover();
  Result<void> serve();
  Result<void> write_ports() const;
  transport::Limits limits() const;
  Result<std::uint16_t> listen_boot();
  Result<std::uint16_t> listen_pages();
  Result<std::uint16_t> listen_agents();

  Config config;
  Platform platform;
  Vault vault;
  std::unique_ptr<Machines> machines;
  Forecast forecast;
  DepotState room;
  BackupShelf backups;
  Approvals approvals;
  ScanGate scan_gate;
  Permits permits;
  Acquisitions acquisitions;
  EventHub events;
  SignIn sign_in;
  Operators accounts;
  Batches batches;
  BootRoom boot;
  LongPolls polls;
  Jobs jobs;
  EvidenceExports exports;
  Stamper stamper;
  Retention retention;
  EvidenceReports reports;
  StoreJobs store_jobs;
  BackupJobs backup_jobs;
  AnalysisJobs analysis_jobs;
  JobAgain job_again;
  AgentApi agents;
  OperatorApi operators;
  Router agent_routes, operator_routes;
  Ports ports;
  static constexpr unsigned kWorkers = 8;  ///< calls wait for SQLite's syncs; these are many small ones
  Workers workers{kWorkers};
  std::optional<transport::Server> server;
  std::optional<Heartbeat> heartbeat;
};

}  // namespace resus::depot
