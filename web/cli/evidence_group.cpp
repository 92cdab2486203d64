// `resus evidence …` and `resus custody …`: words to calls.
#include "web/cli/command_parts.hpp"
#include "web/cli/mount_options.hpp"
#include "web/cli/online_evidence.hpp"
#include "web/cli/retention_commands.hpp"

namespace resus::web {
namespace {

constexpr const char* kWhere =
    "Without --store the running depot is asked: the command finds it by what it leaves in its folder (--data) and runs as the\n"
    "operator \"local\". With --store it works on a store of your own, for example on a workbench, or on a copy of one.";

struct OneEvidence {
  Place place;
  std::string id;
  bool detach = false;
};

void add_acquire(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand(
      "acquire", "Copy a disk, loop device or image file into a store of your own: read once, hash, keep what is new");
  auto arguments = std::make_shared<AcquireArguments>();
  command->add_option("disk", arguments->disk, "The disk to copy; it is write-blocked first")->required();
  command->add_option("--store", arguments->store, "Folder of the store; made if it is not there")->required();
  command->add_option("--operator", arguments->operator_name, "Name for record and custody log");
  command->add_option("--level", arguments->zstd_level, "zstd level")->check(CLI::Range(1, 19))->capture_default_str();
  command->add_flag("--verify", arguments->reread, "Read everything back from the store's disk before signing");
  command->add_option("--rescue-time", arguments->rescue_minutes,
                      "Minutes that a failing disk may be worked at; what is not read by then stands as unreadable, not tried")
      ->check(CLI::Range(1, 10'080))
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--reread", [arguments](const std::string& word) { arguments->second_reading = imaging::reread_policy_from(word).value(); },
          "Read the source disk a second time and say which megabytes differ: none, sampled (one in 64) or whole")
      ->check(CLI::IsMember({"none", "sampled", "whole"}))
      ->default_str("none");
  command->add_flag("--as-it-is", arguments->as_it_is,
                    "Copy although part of the disk is hidden, locked or encrypted; without it such a disk is refused (E-DISK-05)");
  command->add_flag("--md5", arguments->md5, "Compute MD5 as well (slower)");
  command->add_flag("--sha1", arguments->sha1, "Compute SHA-1 as well (slower)");
  command->add_flag("--stats", arguments->stats, "Say where the time went: how long reading, hashing, asking, compressing and writing kept threads busy");
  on_run(command, context, arguments, [stop = context.stop](Environment& environment, const AcquireArguments& given) -> hw::Result<int> {
    return evidence_acquire(environment, given, stop);
  });
}

void add_e01_options(CLI::App& command, E01Arguments& e01) {
  auto& data = e01.data;
  const char* group = "With --format e01";
  command.add_option("--segment-size", e01.segment_bytes, "Longest file of the set, in bytes, at least 1 MiB")->capture_default_str()->group(group);
  command.add_option("--compression", e01.compression, "none, fast or best")->check(CLI::IsMember({"none", "fast", "best"}))->capture_default_str()->group(group);
  command.add_option("--case-number", data.case_number, "Case number")->group(group);
  command.add_option("--evidence-number", data.evidence_number, "Evidence number; without it the evidence id")->group(group);
  command.add_option("--examiner", data.examiner, "Examiner; without it the operator in the record")->group(group);
  command.add_option("--description", data.description, "Description")->group(group);
  command.add_option("--notes", data.notes, "Notes; evidence id and SHA-256 are put behind them")->group(group);
}

void add_export(CLI::App& group, CommandContext& context) {
  struct Given {
    Place place;
    ExportArguments what;
  };
  auto* command = group.add_subcommand("export", "Write evidence out, as it was read (raw) or as labs take it (E01)");
  auto given = std::make_shared<Given>();
  command->add_option("id", given->what.id, "Evidence id, ev-…")->required();
  add_place(*command, given->place);
  add_keys(*command, given->place);
  command->add_option("--format", given->what.format, "raw: the disk's bytes; e01: EnCase's format with MD5 and SHA-1. Unreadable ranges are zeros in both")
      ->check(CLI::IsMember({"raw", "e01"}))
      ->capture_default_str();
  command->add_option("--output,-o", given->what.output, "New file: raw (sparse), or - for standard output; e01: NAME.E01, the others are called NAME.E02 …")->required();
  add_e01_options(*command, given->what.e01);
  command->footer(std::string(
      "Every block is compared with its id on the way, and at the end length and SHA-256 of everything with the signed record.\n"
      "Until then the file is called FILE.partial; an export that is interrupted or fails leaves no FILE. On standard output the\n"
      "exit status says whether the bytes were the right ones: use it. Beside NAME.E01 lie NAME.E01.resus.json (SHA-256, root,\n"
      "unreadable ranges: an E01 file has no place for them) and the signed record, NAME.E01.record.json.\n"
      "Each export leaves a line in the custody log before its first byte, and at the depot needs the role supervisor.\n\n") + kWhere);
  on_run(command, context, given, [stop = context.stop](Environment& environment, const Given& g) {
    return g.place.online() ? online_evidence_export(environment, g.place.data, g.what, stop)
                            : evidence_export(environment, {g.place.store, g.place.keys}, g.what, stop);
  });
}

void add_list_and_show(CLI::App& group, CommandContext& context) {
  auto* list = group.add_subcommand("list", "All evidence in the store");
  auto place = std::make_shared<Place>();
  add_place(*list, *place);
  list->footer(kWhere);
  on_run(list, context, place, [](Environment& environment, const Place& p) {
    return p.online() ? online_evidence_list(environment, p.data) : evidence_list(environment, p.store);
  });
  auto* show = group.add_subcommand("show", "The signed record: what was copied, when, by whom, with what result");
  auto given = std::make_shared<OneEvidence>();
  show->add_option("id", given->id, "Evidence id, ev-…")->required();
  add_place(*show, given->place);
  show->footer(kWhere);
  on_run(show, context, given, [](Environment& environment, const OneEvidence& g) {
    return g.place.online() ? online_evidence_show(environment, g.place.data, g.id) : evidence_show(environment, g.place.store, g.id);
  });
}

void add_report(CLI::App& group, CommandContext& context) {
  struct Given {
    Place place;
    ReportArguments what;
  };
  auto* command = group.add_subcommand("report", "Everything known of one copy, to print or to pass on");
  auto given = std::make_shared<Given>();
  command->add_option("id", given->what.id, "Evidence id, ev-…")->required();
  add_place(*command, given->place);
  add_keys(*command, given->place);
  add_tsa_ca(*command, given->place);
  command->add_option("--format", given->what.format, "html: one file for A4 paper; json: the same facts")
      ->check(CLI::IsMember({"html", "json"}))
      ->capture_default_str();
  command->add_option("--output,-o", given->what.output, "New file, or - for standard output")->required();
  command->footer(std::string(
      "What, who, when, hashes, unreadable ranges, waivers, the chain of custody with its verdict, what was laid down and restored.\n"
      "It reads the record, the map and the custody log and checks their signatures; the disk's bytes are what resus evidence verify\n"
      "reads, whose last verdict the report names.\n\n") + kWhere);
  on_run(command, context, given, [](Environment& environment, const Given& g) {
    return g.place.online() ? online_evidence_report(environment, g.place.data, g.what)
                            : evidence_report(environment, {g.place.store, g.place.keys, g.place.tsa_ca}, g.what);
  });
}

void add_stamp(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand("stamp", "Have an outside authority (RFC 3161) say when a record was there");
  auto given = std::make_shared<StampArguments>();
  command->add_option("id", given->id, "Evidence id, ev-…")->required();
  command->add_option("--store", given->store, "A store of your own; a depot does it by itself, see [timestamp] of its configuration")->required();
  command->add_option("--url", given->url, "The authority, http:// or https://")->required();
  command->add_option("--tsa-ca", given->ca_file, "Its certificates (PEM): a stamp that does not lead to them is not kept")->required();
  command->add_option("--policy", given->policy, "Object identifier; default: the authority's own choice");
  command->footer("Sends the SHA-256 of the record's file, nothing else. The stamp lies beside the record as stamp.tsr; `openssl ts -verify` reads it.");
  on_run(command, context, given, [stop = context.stop](Environment& environment, const StampArguments& g) { return evidence_stamp(environment, g, stop); });
}

void add_verify(CLI::App& group, CommandContext& context) {
  auto* command = group.add_subcommand("verify", "Read every byte again; says exactly what is damaged");
  auto given = std::make_shared<OneEvidence>();
  command->add_option("id", given->id, "Evidence id, ev-…")->required();
  add_place(*command, given->place);
  add_keys(*command, given->place);
  add_tsa_ca(*command, given->place);
  add_detach(*command, given->detach);
  command->footer(std::string(
      "Checks the record's signature, the map, every block, the tree's root and the SHA-256 of the whole disk, from the storage\n"
      "device and not from memory. Exit status 0: all of it is right, 1: something differs. Leaves a line in the custody log.\n"
      "At the depot it is a job: one works at a time, Ctrl-C cancels it, --detach leaves it to the depot.\n\n") + kWhere);
  on_run(command, context, given, [stop = context.stop](Environment& environment, const OneEvidence& g) {
    return g.place.online() ? online_evidence_verify(environment, g.place.data, g.id, g.detach, stop)
                            : evidence_verify(environment, {g.place.store, g.place.keys, g.place.tsa_ca}, g.id, stop);
  });
}

void add_mount(CLI::App& group, CommandContext& context, hw::Mounts& mounts) {
  auto* command = group.add_subcommand("mount", "Show evidence as files: disk.raw, partitions, record; read-only");
  auto given = std::make_shared<MountArguments>();
  command->add_option("id", given->id, "Evidence id, ev-…")->required();
  add_mount_options(*command, *given);
  command->footer(std::string("The folder shows disk.raw, partitions/p1.raw …, damage.txt, record.json (signed), record.txt and unreadable.json. ") + kMountFooter +
                  "\nUnreadable ranges of the disk read as zeros and stand in unreadable.json.");
  on_run(command, context, given, [&mounts, stop = context.stop](Environment& environment, const MountArguments& g) {
    return evidence_mount(environment, mounts, g, stop);
  });
}

}  // namespace

void add_evidence_commands(CLI::App& app, CommandContext& context, hw::Mounts& mounts) {
  auto* group = app.add_subcommand("evidence", "Forensic copies, at the running depot or in a store of your own");
  group->require_subcommand(1);
  add_acquire(*group, context);
  add_export(*group, context);
  add_list_and_show(*group, context);
  add_report(*group, context);
  add_stamp(*group, context);
  add_retention_commands(*group, context);
  add_verify(*group, context);
  add_mount(*group, context, mounts);
}

void add_custody_commands(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("custody", "The custody log");
  group->require_subcommand(1);
  auto* verify = group->add_subcommand("verify", "Check every line's signature and the chain; print head and verdict");
  auto given = std::make_shared<OneEvidence>();
  add_place(*verify, given->place);
  add_keys(*verify, given->place);
  add_detach(*verify, given->detach);
  verify->footer(std::string(
      "The head (number of the last line : its SHA-256) pins every line before it. Write it down or print it, keep it outside the\n"
      "room, and compare: a log that was cut off at a line's end verifies and ends before the head that was kept.\n"
      "Exit status 0: the chain holds, 1: it is broken, at the line named.\n\n") + kWhere);
  on_run(verify, context, given, [stop = context.stop](Environment& environment, const OneEvidence& g) {
    return g.place.online() ? online_custody_verify(environment, g.place.data, g.detach, stop) : custody_verify(environment, {g.place.store, g.place.keys});
  });
  auto* head = group->add_subcommand("head", "The head the running depot holds, without reading the log");
  auto data = std::make_shared<Place>();
  head->add_option("--data", data->data, "The running depot's folder")->capture_default_str();
  on_run(head, context, data, [](Environment& environment, const Place& p) { return online_custody_head(environment, p.data); });
}

}  // namespace resus::web
