// `resus image …`: words to calls.
#include "web/cli/command_parts.hpp"
#include "web/cli/mount_options.hpp"
#include "web/cli/online_images.hpp"

namespace resus::web {
namespace {

constexpr const char* kWhere =
    "Without --store the running depot is asked: the command finds it by what it leaves in its folder (--data) and runs as the\n"
    "operator \"local\". With --store it works on a store nobody else holds, for example on a workbench.";

struct OneImage {
  Place place;
  std::string image;
  bool detach = false;
};

void add_import(CLI::App& group, CommandContext& context) {
  struct Given {
    Place place;
    ImportArguments what;
    bool detach = false;
  };
  auto* command = group.add_subcommand("import", "Make a golden image from a prepared disk, image file or evidence");
  auto given = std::make_shared<Given>();
  command->add_option("source", given->what.source, "Disk, image file, or evidence id")->required();
  command->add_option("--name", given->what.name, "Name people will choose it by")->required();
  add_place(*command, given->place);
  add_detach(*command, given->detach);
  command->footer(std::string(
      "The source is read once, compressed, hashed and signed; it is never written to. A source with an unreadable place is\n"
      "refused: a golden image has no gaps. The same content imported again gives the image that is there.\n"
      "At the depot the source is a path on the depot's own box, the import is a job (one works at a time, machines go on\n"
      "meanwhile), and it needs the role supervisor. Ctrl-C cancels it, and nothing of it stays.\n\n") + kWhere);
  on_run(command, context, given, [stop = context.stop](Environment& environment, const Given& g) {
    return g.place.online() ? online_image_import(environment, g.place.data, g.what, g.detach, stop)
                            : image_import(environment, g.place.store, g.what, stop);
  });
}

void add_deploy(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand(
      "deploy", "Lay a golden image onto a disk. DESTROYS its content, after a verified copy and under a signed permit");
  auto arguments = std::make_shared<DeployArguments>();
  command->add_option("image", arguments->image, "Name or id of the golden image")->required();
  command->add_option("disk", arguments->disk, "The disk to write")->required();
  command->add_option("--store", arguments->store, "Folder of the store; made if it is not there")->required();
  auto* evidence = command->add_option("--evidence", arguments->evidence_id,
                                       "Evidence of this very disk; verified again. Without it the disk is copied first");
  command->add_option("--waive", arguments->waiver_reason,
                      "Write WITHOUT evidence, for this reason; it stands in the permit and the custody log")
      ->excludes(evidence);
  command->add_option("--operator", arguments->operator_name, "Name for record and custody log");
  command->add_flag("--dry-run", arguments->dry_run, "Check image, disk and evidence, say what would be done, write nothing");
  on_run(command, context, arguments, [stop = context.stop](Environment& environment, const DeployArguments& given) -> hw::Result<int> {
    return image_deploy(environment, given, stop);
  });
}

/// A subcommand for one image.
CLI::App* add_one(CLI::App& group, const char* name, const char* help, OneImage& given) {
  auto* command = group.add_subcommand(name, help);
  command->add_option("image", given.image, "Name or id")->required();
  add_place(*command, given.place);
  command->footer(kWhere);
  return command;
}

void add_mount(CLI::App& group, CommandContext& context, hw::Mounts& mounts) {
  auto* command = group.add_subcommand("mount", "Show a golden image as files: disk.raw, partitions, manifest; read-only");
  auto given = std::make_shared<MountArguments>();
  command->add_option("image", given->id, "Name or id")->required();
  add_mount_options(*command, *given);
  command->footer(std::string("The folder shows disk.raw, partitions/p1.raw …, damage.txt, manifest.json (signed) and manifest.txt. ") + kMountFooter);
  on_run(command, context, given, [&mounts, stop = context.stop](Environment& environment, const MountArguments& g) {
    return image_mount(environment, mounts, g, stop);
  });
}

}  // namespace

void add_image_commands(CLI::App& app, CommandContext& context, hw::Mounts& mounts) {
  auto* group = app.add_subcommand("image", "Golden images, at the running depot or in a store of your own");
  group->require_subcommand(1);
  add_import(*group, context);
  add_deploy(*group, context);
  add_mount(*group, context, mounts);
  auto* list = group->add_subcommand("list", "All golden images in the store");
  auto place = std::make_shared<Place>();
  add_place(*list, *place);
  list->footer(kWhere);
  on_run(list, context, place, [](Environment& environment, const Place& p) {
    return p.online() ? online_image_list(environment, p.data) : image_list(environment, p.store);
  });
  auto shown = std::make_shared<OneImage>();
  on_run(add_one(*group, "show", "The signed manifest", *shown), context, shown, [](Environment& environment, const OneImage& g) {
    return g.place.online() ? online_image_show(environment, g.place.data, g.image) : image_show(environment, g.place.store, g.image);
  });
  auto verified = std::make_shared<OneImage>();
  auto* verify = add_one(*group, "verify", "Read the whole image again against its signature and tree; exit status 1 if anything differs", *verified);
  add_detach(*verify, verified->detach);
  on_run(verify, context, verified, [stop = context.stop](Environment& environment, const OneImage& g) {
    return g.place.online() ? online_image_verify(environment, g.place.data, g.image, g.detach, stop)
                            : image_verify(environment, g.place.store, g.image, stop);
  });
}

}  // namespace resus::web
