#include "web/cli/analysis_group.hpp"

#include "web/cli/analysis_commands.hpp"
#include "web/cli/command_parts.hpp"

namespace resus::web {
namespace {

constexpr const char* kWhere =
    "\nWithout --store the running depot does it as a job: one works at a time, Ctrl-C cancels it, --detach leaves it to the depot, and\n"
    "it leaves a line in the custody log. With --store the folder of a store is only looked at: your own, a copy, or a running depot's.";

template <class What>
struct Asked {
  Place place;
  What what;
  bool detach = false;
};

void add_where(CLI::App& command, Place& place, bool& detach) {
  add_place(command, place);
  add_detach(command, detach);
}

void add_diff(CLI::App& group, CommandContext& context, hw::Processes& processes) {
  auto* command = group.add_subcommand("diff", "Subtract a golden image: which regions and files of a disk are not golden");
  auto given = std::make_shared<Asked<DiffArguments>>();
  command->add_option("id", given->what.question.id, "Evidence id, ev-…")->required();
  command->add_option("--against", given->what.question.against, "Name or id of the golden image")->required();
  add_where(*command, given->place, given->detach);
  command->add_option("--keys", given->what.keys, "Believe only the public keys of this file (base64, one a line)")->needs("--store");
  command->add_flag("--blocks-only", given->what.question.blocks_only, "Leave the files out: no temporary space, no Sleuthkit");
  command->add_option("--work", given->what.work, "Folder for temporary files; one partition of each disk has room there, without its zeros (default: the system's)")->needs("--store");
  command->footer(std::string(
      "Blocks of 4 KiB are compared by their ids: at the same place, elsewhere in the golden image, emptied, or not golden.\n"
      "File systems are listed by Sleuthkit (package sleuthkit). A file is named when it is changed, added, deleted, or a name\n"
      "left behind; the content is read where its blocks are not the golden image's. Free space and what lies outside the\n"
      "partitions is named to the sector. Records and manifests must be signed by a key that is believed. Nothing is written\n"
      "to the store. Names and times are what the disk says of itself; what malware wrote there can be made to deceive. Sleuthkit\n"
      "runs confined: without network, seeing nothing but one file system. At the depot this needs the role supervisor.\n") + kWhere);
  on_run(command, context, given, [&processes, stop = context.stop](Environment& environment, const Asked<DiffArguments>& g) {
    if (g.place.online()) return online_diff(environment, g.place.data, g.what.question, g.detach, stop);
    auto offline = g.what;
    offline.store = g.place.store;
    return evidence_diff(environment, processes, offline, stop);
  });
}

void add_search(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand("search", "Which machines have this block, this file, these bytes? An indicator found on one names the others");
  auto given = std::make_shared<Asked<SearchArguments>>();
  add_where(*command, given->place, given->detach);
  auto* sha256 = command->add_option("--sha256", given->what.sha256, "SHA-256 of one block of 4096 bytes, or of a whole disk");
  auto* block = command->add_option("--block", given->what.block, "Id of one block: SHA-256 of its 4096 bytes")->excludes(sha256);
  auto* file = command->add_option("--file", given->what.file, "A file: its blocks of 4096 bytes, wherever they lie")->excludes(sha256)->excludes(block);
  auto* pattern = command->add_option("--pattern", given->what.pattern, "Bytes: a text, or hexadecimal digits behind hex: (4 to 4096 bytes)");
  pattern->excludes(sha256)->excludes(block)->excludes(file);
  command->add_flag("--utf16", given->what.utf16, "The text as Windows keeps it (UTF-16, little-endian)")->needs(pattern);
  command->add_option("--limit", given->what.limit, "Places listed for each disk; all are counted")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->footer(std::string(
      "--block, --sha256 and --file compare ids and read no content: they find blocks that begin at a multiple of 4096 on the disk,\n"
      "as those of files do on almost every file system. The last block of a file is found when zeros follow the file's end in it,\n"
      "or when it lies behind the block before it. --pattern reads every stored frame once, on all processors, however many disks\n"
      "share it, and finds the bytes anywhere, across the borders of blocks too; it does not look into compressed or encrypted files.\n"
      "Golden images are searched like evidence and named as what they are. Exit status 1: part of the store could not be searched.\n"
      "A running depot is sent the block ids of a file, not its content; this needs the role supervisor there, lists 1,000 places a disk\n"
      "at most, and of a pattern length and SHA-256 stand in the custody log, not the pattern.\n") + kWhere);
  on_run(command, context, given, [stop = context.stop](Environment& environment, const Asked<SearchArguments>& g) {
    return g.place.online() ? online_search(environment, g.place.data, g.what, g.detach, stop)
                            : evidence_search(environment, g.place.store, g.what, stop);
  });
}

void add_scrub(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand("scrub", "Read the whole store again; names machines, disks and byte ranges that damage touches");
  struct Nothing {};
  auto given = std::make_shared<Asked<Nothing>>();
  add_where(*command, given->place, given->detach);
  command->footer(std::string(
      "Every block of every pack is compared with its id, from the storage device and not from memory. Each damaged or missing frame\n"
      "is named, and each disk that has something in it, with the byte ranges. Exit status 0: all is whole, 1: something is damaged.\n") + kWhere);
  on_run(command, context, given, [stop = context.stop](Environment& environment, const Asked<Nothing>& g) {
    return g.place.online() ? online_scrub(environment, g.place.data, g.detach, stop) : evidence_scrub(environment, g.place.store, stop);
  });
}

}  // namespace

void add_analysis_commands(CLI::App& app, CommandContext& context, hw::Processes& processes) {
  auto* group = app.get_subcommand("evidence");
  add_diff(*group, context, processes);
  add_search(*group, context);
  add_scrub(*group, context);
}

}  // namespace resus::web
