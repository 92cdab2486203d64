#include "web/cli/depot_group.hpp"

#include <CLI/CLI.hpp>

#include "web/cli/key_group.hpp"

namespace resus::web {
namespace {

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
  add_key_commands(*group, context);
}

}  // namespace resus::web
