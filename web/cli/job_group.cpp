// `resus job …`: what the running depot works at.
#include "web/cli/command_parts.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

struct JobArguments {
  std::string data = "/var/lib/resus";
  std::string id;
};

hw::Result<int> list(Environment& environment, const JobArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto answer, depot.get("/api/v1/jobs"));
  RESUS_TRY(const auto jobs, list_of(answer, "jobs"));
  environment.output.table({"id", "kind", "subject", "actor", "state", "done", "total", "unit", "created_at"}, jobs);
  return kExitOk;
}

hw::Result<int> show(Environment& environment, const JobArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto job, depot.get("/api/v1/jobs/" + path_part(given.id)));
  environment.output.print(job, [&] { return pretty(job); });
  return kExitOk;
}

hw::Result<int> cancel(Environment& environment, const JobArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto job, depot.remove("/api/v1/jobs/" + path_part(given.id)));
  environment.output.print(job, [&] { return "Asked to stop:\n" + pretty(job, 2); });
  return kExitOk;
}

hw::Result<int> retry(Environment& environment, const JobArguments& given) {
  RESUS_TRY(auto depot, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto job, depot.post("/api/v1/jobs/" + path_part(given.id) + "/retry", json::object()));
  environment.output.print(job, [&] { return "Begun again:\n" + pretty(job, 2); });
  return kExitOk;
}

template <class Run>
CLI::App* add(CLI::App& group, CommandContext& context, const char* name, const char* help, Run run, bool one) {
  auto* command = group.add_subcommand(name, help);
  auto given = std::make_shared<JobArguments>();
  if (one) command->add_option("id", given->id, "Job id, job-…")->required();
  command->add_option("--data", given->data, "The running depot's folder")->capture_default_str();
  on_run(command, context, given, run);
  return command;
}

}  // namespace

void add_job_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("job", "Imports, checks and exports that the running depot works at");
  group->require_subcommand(1);
  add(*group, context, "list", "All of them, newest first; those that ended too", list, false)
      ->footer("One import or check works at a time, the others wait in order; exports run beside them, four at most.\n"
               "The last 200 that ended are kept, over a restart of the depot, too. A check that was at work when the depot stopped begins\n"
               "again by itself; anything else is interrupted then, and can be begun again with retry.");
  add(*group, context, "show", "One job: how far it is, its result, or why it failed and what to do", show, true);
  add(*group, context, "retry", "Begin a job again that failed, was cancelled or interrupted; a new job does the same", retry, true);
  add(*group, context, "cancel", "Stop a job; it ends within a moment and leaves nothing half done", cancel, true)
      ->footer("A technician may cancel his own jobs, a supervisor any. Of an import nothing stays; a check can begin again at any time;\n"
               "an export breaks off, and whoever receives it sees that it is not whole.");
}

}  // namespace resus::web
