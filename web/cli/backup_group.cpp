#include "web/cli/backup_group.hpp"

#include "web/cli/backup_report.hpp"
#include "web/cli/command_parts.hpp"
#include "web/cli/depot_jobs.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/reports.hpp"
#include "imaging/key_ring.hpp"
#include "web/cli/workbench.hpp"
#include "web/depot/backup_add.hpp"
#include "web/depot/backup_scan.hpp"
#include "web/depot/backup_view.hpp"
#include "web/depot/depot_commands.hpp"
#include "web/depot/scanners.hpp"

namespace resus::web {
namespace {

constexpr const char* kDefaultData = "/var/lib/resus";

struct BackupArguments {
  depot::NewBackup backup;
  std::string data = kDefaultData;
  std::string rules, clamd, config, reason, operator_name;
  bool online = false;
};

/// The scanners of --rules and --clamd, or of the configuration. Errors: as depot::open_scanners().
hw::Result<depot::ChosenScanners> scanners_of(Environment& environment, const BackupArguments& given, const ScanPlatform& platform) {
  depot::Config config;
  if (!given.config.empty()) {
    depot::DepotArguments arguments;
    arguments.config_file = given.config;
    RESUS_TRY(config, depot::config_from(arguments, environment.files));
  }
  return depot::open_scanners(environment.files, platform.sandbox, platform.sockets,
                              {.rules = given.rules.empty() ? config.scan_rules : given.rules,
                               .clamd = given.clamd.empty() ? config.scan_clamd : given.clamd});
}

/// At the running depot, with the scanners of its configuration.
hw::Result<int> add_online(Environment& environment, const BackupArguments& given, const std::stop_token& stop) {
  if (!given.rules.empty() || !given.clamd.empty() || !given.config.empty()) {
    return hw::fail(hw::Code::kUsage, "the depot runs and scans with its own configuration: leave out --rules, --clamd and --config, or stop it first");
  }
  RESUS_TRY(auto client, DepotClient::open(environment.files, given.data));
  RESUS_TRY(const auto source, absolute_path(given.backup.source));
  const auto& backup = given.backup;
  const JobRequest request{.target = "/api/v1/backups",
                           .body = {{"source", source}, {"name", backup.name}, {"partition", backup.partition},
                                    {"directory", backup.directory}, {"part_of", backup.part_of}},
                           .verb = "adding"};
  RESUS_TRY(auto done, run_job(environment, client, request, stop));
  if (!done) return kExitOk;
  (*done)["malware_scan"] = text_field(*done, "verdict");
  environment.output.print(*done, [&] { return "Added " + backup.name + " as " + text_field(*done, "id") + ": " + text_field(*done, "verdict"); });
  return kExitOk;
}

/// On the depot's folder; where a depot runs in it, there: it holds the store's lock, and its custody log has one writer.
hw::Result<int> add_backup(Environment& environment, const BackupArguments& given, const ScanPlatform& platform, const std::stop_token& stop) {
  auto opened = Workbench::open(environment, given.data + "/store");
  if (!opened && opened.error().code == hw::Code::kConflict) {
    RESUS_TRY(const bool serves, environment.files.exists(given.data + "/run/ports.json"));
    if (serves) return add_online(environment, given, stop);
  }
  RESUS_TRY(auto bench, std::move(opened));
  RESUS_TRY(const auto scanners, scanners_of(environment, given, platform));
  depot::BackupShelf shelf(environment.files, given.data + "/backups");
  const depot::ShelfTools tools{.sandbox = platform.sandbox, .key = bench.key(), .scanners = scanners.all(),
                                .now = hw::to_rfc3339(environment.clock.now())};
  const auto note = [&](const auto& event) { return bench.note(event); };
  RESUS_TRY(const auto added, depot::add_backup(shelf, given.backup, given.operator_name.empty() ? "workbench" : given.operator_name, tools, note));
  environment.output.print(backup_json(added), [&] { return backup_text(added); });
  return kExitOk;
}

/// At the running depot, with the scanners of its configuration.
hw::Result<int> scan_online(Environment& environment, const BackupArguments& given, const std::stop_token& stop) {
  RESUS_TRY(auto client, DepotClient::open(environment.files, given.data));
  const JobRequest request{.target = "/api/v1/backups/" + path_part(given.backup.name) + "/scan",
                           .body = {{"reason", given.reason}}, .verb = "scanning"};
  RESUS_TRY(const auto done, run_job(environment, client, request, stop));
  if (done) environment.output.print(*done, [&] { return pretty(*done); });
  return kExitOk;
}

/// With the depot stopped: the store's lock keeps a running one out, and the custody log has one writer.
hw::Result<int> scan_backup_again(Environment& environment, const BackupArguments& given, const ScanPlatform& platform) {
  RESUS_TRY(const auto scanners, scanners_of(environment, given, platform));
  RESUS_TRY(auto bench, Workbench::open(environment, given.data + "/store"));
  depot::BackupShelf shelf(environment.files, given.data + "/backups");
  RESUS_TRY(const auto info, shelf.find(given.backup.name));
  const auto watch = [&](std::uint64_t entries, std::uint64_t bytes) {
    environment.output.progress("scanning  " + std::to_string(entries) + " entries, " + human_bytes(bytes));
    return true;
  };
  const depot::ScanOrder order{.backup = info.id, .actor = given.operator_name.empty() ? "workbench" : given.operator_name,
                               .reason = given.reason};
  RESUS_TRY(const auto outcome,
            depot::scan_again(shelf, order,
                              {.sandbox = platform.sandbox, .key = bench.key(), .scanners = scanners.all(),
                               .now = hw::to_rfc3339(environment.clock.now())},
                              bench.trusted(), [&](const auto& event) { return bench.note(event); }, watch));
  auto object = backup_json(outcome.info);
  object["cleared"] = outcome.cleared.size();
  environment.output.print(object, [&] { return backup_text(outcome.info); });
  return kExitOk;
}

hw::Result<int> list_backups(Environment& environment, const BackupArguments& given) {
  RESUS_TRY(const auto backups, depot::BackupShelf(environment.files, given.data + "/backups").list());
  boost::json::array rows;
  for (const auto& backup : backups) rows.push_back(backup_json(backup));
  environment.output.table({"id", "name", "format", "bytes", "files", "exclusions", "malware_scan", "infected", "not_scanned", "part_of"}, rows);
  return kExitOk;
}

hw::Result<int> show_backup(Environment& environment, const BackupArguments& given) {
  const depot::BackupShelf shelf(environment.files, given.data + "/backups");
  RESUS_TRY(const auto info, shelf.find(given.backup.name));
  RESUS_TRY(const auto trusted, imaging::trusted_keys(environment.files, given.data + "/store"));
  RESUS_TRY(const auto manifest, shelf.manifest(info.id, trusted));
  auto details = depot::backup_details(info, manifest);
  details["malware_scan"] = info.verdict;
  environment.output.print(details, [&] { return details_text(info, details); });
  return kExitOk;
}

void add_rules_options(CLI::App& command, BackupArguments& given) {
  command.add_option("--rules", given.rules, "Folder with YARA rules (*.yar, *.yara)");
  command.add_option("--clamd", given.clamd, "Socket of a ClamAV service that scans, too");
  command.add_option("--config", given.config, "Configuration of the depot: its [scan] counts where these are left out");
}

}  // namespace

void add_backup_commands(CLI::App& app, CommandContext& context, ScanPlatform platform) {
  auto* group = app.add_subcommand("backup", "Backups that are restored after the golden image");
  group->require_subcommand(1);
  const auto with = [platform](auto run) { return [platform, run](auto& e, const auto& g) { return run(e, g, platform); }; };

  auto given = std::make_shared<BackupArguments>();
  auto* command = add_command(*group, context, "add", "Read an archive (tar or zip), scan it for malware, seal its manifest, keep a copy",
                      given, [platform, stop = context.stop](Environment& environment, const BackupArguments& g) {
                        return add_backup(environment, g, platform, stop);
                      });
  command->add_option("archive", given->backup.source, "tar, tar.zst, tar.gz, tar.xz or zip")->required();
  command->add_option("--name", given->backup.name, "Name people will choose it by")->required();
  command->add_option("--partition", given->backup.partition, "Number in the golden image; 0: the largest that can hold files");
  command->add_option("--directory", given->backup.directory, "Where in that partition the files belong")->capture_default_str();
  command->add_option("--part-of", given->backup.part_of, "Backup this archive completes: both are restored where that one is chosen");
  add_rules_options(*command, *given);
  command->add_option("--operator", given->operator_name, "Name for the custody log");

  given = std::make_shared<BackupArguments>();
  command = add_command(*group, context, "scan", "Scan a backup for malware again, at the running depot (--online) or with it stopped", given,
                [with_platform = with(scan_backup_again), stop = context.stop](Environment& environment, const BackupArguments& g) {
                  return g.online ? scan_online(environment, g, stop) : with_platform(environment, g);
                });
  command->add_option("name", given->backup.name, "Name or id")->required();
  add_rules_options(*command, *given);
  command->add_option("--reason", given->reason, "Why files may pass that were infected before; stands in the custody log");
  command->add_option("--operator", given->operator_name, "Name for the custody log");
  command->add_flag("--online", given->online, "Let the running depot do it, with the scanners of its own configuration");

  given = std::make_shared<BackupArguments>();
  command = add_command(*group, context, "show", "Verdict, rules, and every entry that will not be restored or was not scanned", given, show_backup);
  command->add_option("name", given->backup.name, "Name or id")->required();
  add_command(*group, context, "list", "All backups of the depot", std::make_shared<BackupArguments>(), list_backups);
}

}  // namespace resus::web
