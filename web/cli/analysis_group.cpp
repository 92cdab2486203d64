#include "web/analysis/analysis_group.hpp"

#include "web/analysis/evidence_diff.hpp"
#include "web/analysis/evidence_search.hpp"
#include "web/cli/command_parts.hpp"

namespace resus::analysis {
namespace {

void add_store(CLI::App& command, std::string& store) {
  command.add_option("--store", store, "A store of your own, a copy of one, or a running depot's: it is only looked at")->required();
}

void add_diff(CLI::App& group, web::CommandContext& context, hw::Processes& processes) {
  auto* command = group.add_subcommand("diff", "Subtract a golden image: which regions and files of a disk are not golden");
  auto given = std::make_shared<DiffArguments>();
  command->add_option("id", given->id, "Evidence id, ev-…")->required();
  command->add_option("--against", given->against, "Name or id of the golden image")->required();
  add_store(*command, given->store);
  command->add_option("--keys", given->keys, "Believe only the public keys of this file (base64, one a line)");
  command->add_flag("--blocks-only", given->blocks_only, "Leave the files out: no temporary space, no Sleuthkit");
  command->add_option("--work", given->work, "Folder for temporary files; one partition of each disk has room there, without its zeros (default: the system's)");
  command->footer(
      "Blocks of 4 KiB are compared by their ids: at the same place, elsewhere in the golden image, emptied, or not golden.\n"
      "File systems are listed by Sleuthkit (package sleuthkit). A file is named when it is changed, added, deleted, or a name\n"
      "left behind; the content is read where its blocks are not the golden image's. Free space and what lies outside the\n"
      "partitions is named to the sector. Records and manifests must be signed by a key that is believed. Nothing is written\n"
      "to the store. Names and times are what the disk says of itself; what malware wrote there can be made to deceive.");
  web::on_run(command, context, given, [&processes, stop = context.stop](web::Environment& environment, const DiffArguments& g) {
    return evidence_diff(environment, processes, g, stop);
  });
}

void add_search(CLI::App& group, web::CommandContext& context) {
  auto* command = group.add_subcommand("search", "Which machines have this block, this file, these bytes? An indicator found on one names the others");
  auto given = std::make_shared<SearchArguments>();
  add_store(*command, given->store);
  auto* sha256 = command->add_option("--sha256", given->sha256, "SHA-256 of one block of 4096 bytes, or of a whole disk");
  auto* block = command->add_option("--block", given->block, "Id of one block: SHA-256 of its 4096 bytes")->excludes(sha256);
  auto* file = command->add_option("--file", given->file, "A file: its blocks of 4096 bytes, wherever they lie")->excludes(sha256)->excludes(block);
  auto* pattern = command->add_option("--pattern", given->pattern, "Bytes: a text, or hexadecimal digits behind hex: (4 to 4096 bytes)");
  pattern->excludes(sha256)->excludes(block)->excludes(file);
  command->add_flag("--utf16", given->utf16, "The text as Windows keeps it (UTF-16, little-endian)")->needs(pattern);
  command->add_option("--limit", given->limit, "Places listed for each disk; all are counted")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->footer(
      "--block, --sha256 and --file compare ids and read no content: they find blocks that begin at a multiple of 4096 on the disk,\n"
      "as those of files do on almost every file system. The last block of a file is found when zeros follow the file's end in it,\n"
      "or when it lies behind the block before it. --pattern reads every stored frame once, on all processors, however many disks\n"
      "share it, and finds the bytes anywhere, across the borders of blocks too; it does not look into compressed or encrypted files.\n"
      "Golden images are searched like evidence and named as what they are. Exit status 1: part of the store could not be searched.");
  web::on_run(command, context, given, [stop = context.stop](web::Environment& environment, const SearchArguments& g) {
    return evidence_search(environment, g, stop);
  });
}

void add_scrub(CLI::App& group, web::CommandContext& context) {
  auto* command = group.add_subcommand("scrub", "Read the whole store again; names machines, disks and byte ranges that damage touches");
  auto store = std::make_shared<std::string>();
  add_store(*command, *store);
  command->footer(
      "Every block of every pack is compared with its id, from the storage device and not from memory. Each damaged or missing frame\n"
      "is named, and each disk that has something in it, with the byte ranges. Exit status 0: all is whole, 1: something is damaged.");
  web::on_run(command, context, store, [stop = context.stop](web::Environment& environment, const std::string& path) {
    return evidence_scrub(environment, path, stop);
  });
}

}  // namespace

void add_analysis_commands(CLI::App& app, web::CommandContext& context, hw::Processes& processes) {
  auto* group = app.get_subcommand("evidence");
  add_diff(*group, context, processes);
  add_search(*group, context);
  add_scrub(*group, context);
}

}  // namespace resus::analysis
