#include "web/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "web/cli/evidence_commands.hpp"
#include "web/cli/image_commands.hpp"

namespace resus::web {
namespace {

void add_store(CLI::App& command, std::string& store) {
  command.add_option("--store", store, "Folder of the store; made if it is not there")->required();
}

/// Arguments of one subcommand live as long as the parser: the callback owns them.
template <class Arguments, class Run>
void on_run(CLI::App* command, CommandContext& context, std::shared_ptr<Arguments> arguments, Run run) {
  command->callback([&context, arguments, run] {
    context.run = [arguments, run](Environment& environment) { return run(environment, *arguments); };
  });
}

struct OneId {
  std::string id;
  std::string store;
};

/// A subcommand that takes --store and perhaps one id.
void add_lookup(CLI::App& group, CommandContext& context, const std::string& name, const std::string& help,
                const std::string& id_help, std::function<int(Environment&, const OneId&)> run) {
  auto* command = group.add_subcommand(name, help);
  auto arguments = std::make_shared<OneId>();
  if (!id_help.empty()) command->add_option("id", arguments->id, id_help)->required();
  add_store(*command, arguments->store);
  on_run(command, context, arguments, std::move(run));
}

void add_acquire(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand(
      "acquire", "Copy a disk, loop device or image file into the store: read once, hash, keep what is new");
  auto arguments = std::make_shared<AcquireArguments>();
  command->add_option("disk", arguments->disk, "The disk to copy; it is write-blocked first")->required();
  add_store(*command, arguments->store);
  command->add_option("--operator", arguments->operator_name, "Name for record and custody log");
  command->add_option("--level", arguments->zstd_level, "zstd level")->check(CLI::Range(1, 19))->capture_default_str();
  command->add_flag("--verify", arguments->reread, "Read everything back from the store's disk before signing");
  command->add_flag("--md5", arguments->md5, "Compute MD5 as well (slower)");
  command->add_flag("--sha1", arguments->sha1, "Compute SHA-1 as well (slower)");
  on_run(command, context, arguments, [stop = context.stop](Environment& environment, const AcquireArguments& given) {
    return evidence_acquire(environment, given, stop);
  });
}

void add_export(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand("export", "Write evidence out as it was read; every block is checked on the way");
  auto arguments = std::make_shared<ExportArguments>();
  command->add_option("id", arguments->id, "Evidence id, ev-…")->required();
  add_store(*command, arguments->store);
  command->add_option("--format", arguments->format, "raw: the disk's bytes, unreadable ranges as zeros")
      ->check(CLI::IsMember({"raw"}))
      ->capture_default_str();
  command->add_option("--output,-o", arguments->output, "New file (sparse), or - for standard output")->required();
  on_run(command, context, arguments, evidence_export);
}

void add_deploy(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand(
      "deploy", "Lay a golden image onto a disk. DESTROYS its content, after a verified copy and under a signed permit");
  auto arguments = std::make_shared<DeployArguments>();
  command->add_option("image", arguments->image, "Name or id of the golden image")->required();
  command->add_option("disk", arguments->disk, "The disk to write")->required();
  add_store(*command, arguments->store);
  auto* evidence = command->add_option("--evidence", arguments->evidence_id,
                                       "Evidence of this very disk; verified again. Without it the disk is copied first");
  command->add_option("--waive", arguments->waiver_reason,
                      "Write WITHOUT evidence, for this reason; it stands in the permit and the custody log")
      ->excludes(evidence);
  command->add_option("--operator", arguments->operator_name, "Name for record and custody log");
  command->add_flag("--dry-run", arguments->dry_run, "Check image, disk and evidence, say what would be done, write nothing");
  on_run(command, context, arguments, [stop = context.stop](Environment& environment, const DeployArguments& given) {
    return image_deploy(environment, given, stop);
  });
}

}  // namespace

void add_evidence_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("evidence", "Forensic copies in a store");
  group->require_subcommand(1);
  add_acquire(*group, context);
  add_export(*group, context);
  add_lookup(*group, context, "list", "All evidence in the store", "",
             [](Environment& environment, const OneId& given) { return evidence_list(environment, given.store); });
  add_lookup(*group, context, "show", "The signed record", "Evidence id, ev-…",
             [](Environment& environment, const OneId& given) { return evidence_show(environment, given.store, given.id); });
  add_lookup(*group, context, "verify", "Read every byte again; says exactly what is damaged", "Evidence id, ev-…",
             [](Environment& environment, const OneId& given) { return evidence_verify(environment, given.store, given.id); });
}

void add_image_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("image", "Golden images in a store");
  group->require_subcommand(1);
  auto* import = group->add_subcommand("import", "Make a golden image from a prepared disk, image file or evidence");
  auto arguments = std::make_shared<ImportArguments>();
  import->add_option("source", arguments->source, "Disk, image file, or evidence id")->required();
  import->add_option("--name", arguments->name, "Name people will choose it by")->required();
  add_store(*import, arguments->store);
  on_run(import, context, arguments, image_import);
  add_deploy(*group, context);
  add_lookup(*group, context, "list", "All golden images in the store", "",
             [](Environment& environment, const OneId& given) { return image_list(environment, given.store); });
  add_lookup(*group, context, "show", "The signed manifest", "Name or id",
             [](Environment& environment, const OneId& given) { return image_show(environment, given.store, given.id); });
  add_lookup(*group, context, "verify", "Read the whole image again against its signature and tree", "Name or id",
             [](Environment& environment, const OneId& given) { return image_verify(environment, given.store, given.id); });
}

void add_custody_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("custody", "The custody log");
  group->require_subcommand(1);
  add_lookup(*group, context, "verify", "Check every line's signature and the chain; print the head", "",
             [](Environment& environment, const OneId& given) { return custody_verify(environment, given.store); });
}

int run_command_line(int argc, char** argv, const MakeEnvironment& make, std::ostream& out, std::ostream& err,
                     bool terminal, const std::stop_token& stop, const std::vector<AddCommands>& groups) {
  CLI::App app{"Resus brings infected machines back without losing the evidence.", "resus"};
  app.set_version_flag("--version", std::string("resus " RESUS_VERSION));
  app.require_subcommand(1);
  app.fallthrough();
  CommandContext context;
  context.stop = stop;
  app.add_flag("--json", context.json, "Print JSON on standard output");
  app.add_flag("--no-input", context.no_input, "Never ask: what would be asked for is an error");
  for (const auto& add : groups) add(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int status = app.exit(problem, out, err);
    return status == 0 ? kExitOk : kExitUsage;
  }
  Output output(out, err, context.json, terminal);
  Environment environment = make(output);
  return context.run(environment);
}

}  // namespace resus::web
