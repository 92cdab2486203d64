#include "web/cli/depot_group.hpp"

#include <CLI/CLI.hpp>

#include "web/cli/reports.hpp"
#include "web/cli/workbench.hpp"
#include "web/depot/backup_shelf.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr const char* kDefaultData = "/var/lib/resus";

void add_network_options(CLI::App& command, depot::DepotArguments& given) {
  command.add_option("--interface", given.interface, "Network card of the imaging room");
  command.add_option("--address", given.address, "IPv4 address to serve on; default: the card's own");
  command.add_option_function<std::string>(
             "--dhcp",
             [&given](const std::string& how) {
               given.proxy_dhcp = how == "proxy";
               given.no_dhcp = how == "off";
             },
             "full: be the room's DHCP server; proxy: beside another one; off: boot files only")
      ->check(CLI::IsMember({"full", "proxy", "off"}));
  command.add_option("--http-port", given.http_port, "Boot files, plain; 0: any free one");
  command.add_option("--https-port", given.https_port, "Dashboard and command line; 0: any free one");
  command.add_option("--agent-port", given.agent_port, "Agents; 0: any free one");
  command.add_option("--boot-image", given.boot_image, "Folder with vmlinuz and initrd.img");
  command.add_option("--ipxe", given.ipxe, "Folder with undionly.kpxe and snponly.efi");
  command.add_option("--kernel-extra", given.kernel_extra, "More kernel parameters for the machines");
}

void add_common_options(CLI::App& command, depot::DepotArguments& given) {
  command.add_option("--config", given.config_file, "Configuration, TOML; options given here win over it");
  command.add_option("--data", given.data, "Where everything is kept; default /var/lib/resus");
}

void add_serve(CLI::App& group, CommandContext& context, depot::Platform platform, std::ostream& out,
               std::ostream& err) {
  auto* command = group.add_subcommand("serve", "Serve network boot, agents and the dashboard until Ctrl-C");
  auto given = std::make_shared<depot::DepotArguments>();
  add_common_options(*command, *given);
  add_network_options(*command, *given);
  command->add_option("--plan-image", given->plan_image, "Golden image offered at approval");
  command->add_option("--plan-backup", given->plan_backup, "Backup offered at approval");
  command->add_flag("--auto-approve", given->auto_approve, "Approve every machine with one disk: for rigs, never for a ward");
  command->add_option("--admin-password-file", given->admin_password_file, "First line: password of the first operator");
  command->callback([&context, given, platform, &out, &err] {
    context.run = [given, platform, &out, &err, stop = context.stop](Environment&) {
      return depot::depot_serve(*given, platform, out, err, stop);
    };
  });
}

/// A depot subcommand without network options.
template <class Run>
void add_plain(CLI::App& group, CommandContext& context, const char* name, const char* help, Run run) {
  auto* command = group.add_subcommand(name, help);
  auto given = std::make_shared<depot::DepotArguments>();
  add_common_options(*command, *given);
  command->add_option("--admin-password-file", given->admin_password_file, "First line: password of the first operator");
  command->callback([&context, given, run] { context.run = [given, run](Environment&) { return run(*given); }; });
}

json::object backup_json(const depot::BackupInfo& backup) {
  return {{"id", backup.id},
          {"name", backup.name},
          {"format", backup.format},
          {"bytes", backup.bytes},
          {"files", backup.files},
          {"exclusions", backup.exclusions},
          {"malware_scan", backup.malware_scan},
          {"partition", backup.partition},
          {"directory", backup.directory},
          {"part_of", backup.part_of},
          {"created_at", backup.created_at}};
}

struct BackupArguments {
  depot::NewBackup backup;
  std::string data = kDefaultData;
};

hw::Result<int> add_backup(Environment& environment, const BackupArguments& given, hw::Sandbox& sandbox) {
  RESUS_TRY(const auto key, signing_key(environment.files, given.data + "/store"));
  depot::BackupShelf shelf(environment.files, given.data + "/backups");
  RESUS_TRY(const auto added,
            shelf.add(given.backup, sandbox, *key, hw::to_rfc3339(environment.clock.now())));
  environment.output.print(backup_json(added), [&] {
    return "Backup " + added.name + " is " + added.id + ": " + std::to_string(added.files) + " files, " +
           std::to_string(added.exclusions) + " entries will not be restored, malware scan: " + added.malware_scan;
  });
  return kExitOk;
}

hw::Result<int> list_backups(Environment& environment, const std::string& data) {
  RESUS_TRY(const auto backups, depot::BackupShelf(environment.files, data + "/backups").list());
  json::array rows;
  for (const auto& backup : backups) rows.push_back(backup_json(backup));
  environment.output.table({"id", "name", "format", "bytes", "files", "exclusions", "malware_scan", "part_of"}, rows);
  return kExitOk;
}

int status_of(Environment& environment, const hw::Result<int>& done) {
  return done ? done.value() : environment.output.fail(done.error());
}

}  // namespace

void add_depot_commands(CLI::App& app, CommandContext& context, depot::Platform platform, std::ostream& out,
                        std::ostream& err) {
  auto* group = app.add_subcommand("depot", "The server in the imaging room");
  group->require_subcommand(1);
  add_serve(*group, context, platform, out, err);
  add_plain(*group, context, "init", "Make keys, certificates, catalogue and the first operator",
            [platform, &out, &err](const auto& given) { return depot::depot_init(given, platform, out, err); });
  add_plain(*group, context, "check-config", "Say whether a configuration is good, and where it is not",
            [platform, &out, &err](const auto& given) { return depot::depot_check_config(given, platform, out, err); });
}

void add_backup_commands(CLI::App& app, CommandContext& context, hw::Sandbox& sandbox) {
  auto* group = app.add_subcommand("backup", "Backups that are restored after the golden image");
  group->require_subcommand(1);
  auto* add = group->add_subcommand("add", "Scan an archive (tar or zip), seal its manifest, keep a copy");
  auto given = std::make_shared<BackupArguments>();
  add->add_option("archive", given->backup.source, "tar, tar.zst, tar.gz, tar.xz or zip")->required();
  add->add_option("--name", given->backup.name, "Name people will choose it by")->required();
  add->add_option("--partition", given->backup.partition, "Number in the golden image; 0: the largest that can hold files");
  add->add_option("--directory", given->backup.directory, "Where in that partition the files belong")->capture_default_str();
  add->add_option("--part-of", given->backup.part_of, "Backup this archive completes: both are restored where that one is chosen");
  add->add_option("--data", given->data, "The depot's folder")->capture_default_str();
  add->callback([&context, given, &sandbox] {
    context.run = [given, &sandbox](Environment& environment) {
      return status_of(environment, add_backup(environment, *given, sandbox));
    };
  });
  auto* list = group->add_subcommand("list", "All backups of the depot");
  auto data = std::make_shared<std::string>(kDefaultData);
  list->add_option("--data", *data, "The depot's folder")->capture_default_str();
  list->callback([&context, data] {
    context.run = [data](Environment& environment) { return status_of(environment, list_backups(environment, *data)); };
  });
}

}  // namespace resus::web
