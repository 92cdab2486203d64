#include "web/report/report_page.hpp"

#include <algorithm>

#include "web/report/html_text.hpp"
#include "web/report/page_builder.hpp"

namespace resus::report {
namespace {

namespace json = boost::json;
using Row = std::vector<std::string>;

constexpr std::string_view kStyle = R"(
@page { size: A4; margin: 16mm 14mm }
:root { color-scheme: light }
body { margin: 0 auto; max-width: 186mm; padding: 6mm; background: #fff; color: #111; font: 10pt/1.4 "DejaVu Sans", Arial, sans-serif; overflow-wrap: anywhere }
h1 { margin: 0 0 1mm; font-size: 17pt; line-height: 1.2 }
h2 { margin: 7mm 0 2mm; border-bottom: .4mm solid #111; font-size: 12pt; break-after: avoid }
p { margin: 0 0 2mm }
header p { color: #333 }
code { font: 8.5pt/1.4 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse; table-layout: auto; font-size: 9pt }
th, td { padding: 1mm 2mm 1mm 0; border-bottom: .2mm solid #bbb; text-align: left; vertical-align: top; overflow-wrap: anywhere }
thead th { border-bottom: .4mm solid #111 }
.facts th { width: 46mm; font-weight: normal; color: #333 }
table + p { margin-top: 2mm }
tr, .verdict { break-inside: avoid }
.verdict { padding: 2mm 3mm; border-left: 1.5mm solid }
.good { border-color: #1a7f37; background: #eef8f0 }
.bad { border-color: #b3261e; background: #fdeeee }
footer { margin-top: 8mm; border-top: .2mm solid #bbb; padding-top: 2mm; color: #333; font-size: 8.5pt }
@media (max-width: 600px) { .facts th { width: 40% } table { font-size: 7.5pt } }
@media print { body { max-width: none; padding: 0 } }
)";

void title(std::string& out, const json::object& report, const json::object& evidence) {
  const auto* machine = object_at(report, "machine");
  std::string place = machine == nullptr ? std::string() : text_at(*machine, "slot");
  if (machine != nullptr && !text_at(*machine, "host").empty()) place += (place.empty() ? "" : ", ") + text_at(*machine, "host");
  if (place.empty()) place = text_at(evidence, "machine");
  out += "<header><h1>Evidence report" + (place.empty() ? "" : ": " + escaped(place)) + "</h1>\n<p><code>" +
         escaped(text_at(evidence, "id")) + "</code> · made " + escaped(text_at(report, "made_at")) + " (UTC) by " +
         escaped(text_at(report, "made_by")) + "</p></header>\n";
}

void stamp_verdict(PageBuilder& page, const json::object& stamp) {
  const auto state = text_at(stamp, "state");
  const auto claim = text_at(stamp, "time") + " (UTC) by " + text_at(stamp, "authority") + ", number " + text_at(stamp, "serial");
  if (state == "stamped") page.verdict(true, "Time stamp of an outside authority over the record: " + claim + ".");
  if (state == "unchecked") page.paragraph("There is a time stamp, not checked here for want of the authority's certificate: " + claim + ".");
  if (state == "bad") page.verdict(false, "The time stamp does not verify: " + text_at(stamp, "problem"));
  if (state == "none") page.paragraph("No time stamp of an outside authority.");
  if (state != "pending") return;
  const auto problem = text_at(stamp, "problem");
  page.paragraph("Time stamp pending since " + text_at(stamp, "since") + "; it is asked for again until it is there." + (problem.empty() ? "" : " Last: " + problem));
}

void verdicts(PageBuilder& page, const json::object& report, const json::object& evidence) {
  page.heading("Verdicts");
  const auto* signature = object_at(evidence, "signature");
  const bool good = signature != nullptr && flag_at(*signature, "ok");
  page.verdict(good, good ? "The record is signed by key " + text_at(*signature, "key") + "."
                          : "The record's signature does not verify: " + (signature == nullptr ? "" : text_at(*signature, "problem")));
  const auto* checked = object_at(report, "verification");
  const auto* when = object_at(report, "times");
  if (const auto* deleted = object_at(report, "deleted")) {
    page.verdict(false, "The copy was deleted, " + text_at(*deleted, "time") + ", by " + text_at(*deleted, "actor") + ": " + text_at(*deleted, "reason") +
                            ". What follows is what its signed record and the custody log say; the bytes cannot be checked any more.");
  }
  if (checked != nullptr) {
    page.verdict(flag_at(*checked, "ok"), std::string("Last verification of every byte: ") + (flag_at(*checked, "ok") ? "all of it is right" : "damage was found") +
                                              ", " + text_at(*checked, "time") + ", by " + text_at(*checked, "actor") + ".");
  } else if (when != nullptr && !text_at(*when, "verified_at").empty()) {
    page.verdict(true, "Every byte was read back before the record was signed, " + text_at(*when, "verified_at") + "; not verified again since.");
  } else {
    page.verdict(false, "The stored bytes have not been read back yet.");
  }
  if (const auto* stamp = object_at(report, "stamp")) stamp_verdict(page, *stamp);
  const auto* custody = object_at(report, "custody");
  if (custody == nullptr) return;
  page.verdict(flag_at(*custody, "ok"), flag_at(*custody, "ok") ? "The custody log holds: " + text_at(*custody, "entries") + " lines, head " + text_at(*custody, "head") + "."
                                                                : "The custody log does not verify beyond line " + text_at(*custody, "entries") + ": " + text_at(*custody, "problem"));
}

void what(PageBuilder& page, const json::object& report, const json::object& evidence) {
  page.heading("What was copied");
  page.begin_facts();
  page.fact("Incident", text_at(evidence, "incident"));
  page.fact("Machine", text_at(evidence, "machine"));
  page.fact("Attempt", text_at(evidence, "attempt"));
  page.fact("Size of the disk, bytes", text_at(evidence, "disk_bytes"));
  page.fact("Read from the disk, bytes", text_at(evidence, "bytes_read"));
  page.fact("New in the store, bytes compressed", text_at(evidence, "bytes_added"));
  page.fact("Already in the store, bytes", text_at(evidence, "bytes_known"));
  page.fact("Copied by the program", text_at(evidence, "tool"));
  page.end_facts();
  if (const auto* machine = object_at(report, "machine"); machine != nullptr) {
    json::object known = *machine;
    for (const char* elsewhere : {"deployed", "restored", "backup"}) known.erase(elsewhere);
    page.heading("The machine");
    page.begin_facts();
    page.any_facts(known);
    page.end_facts();
  }
  page.heading("The disk, its hidden areas and the write block, as recorded before and while it was read");
  page.begin_facts();
  if (const auto* disk = object_at(report, "disk")) {
    json::object known = *disk;
    known.erase("machine_firmware");
    page.any_facts(known);
  }
  page.end_facts();
}

/// What starts the PC, and what its TPM was told. The variables themselves are in the record.
void firmware(PageBuilder& page, const json::object& report) {
  const auto* disk = object_at(report, "disk");
  const auto* firmware = disk == nullptr ? nullptr : object_at(*disk, "machine_firmware");
  if (firmware == nullptr || firmware->empty()) return;
  page.heading("The machine's firmware, as it was found");
  page.begin_facts();
  page.fact("UEFI variables in the record", std::to_string(list_at(*firmware, "variables").size()));
  if (const auto* log = object_at(*firmware, "tpm_log")) page.code_fact("TPM event log, " + text_at(*log, "bytes") + " bytes, SHA-256", text_at(*log, "sha256"));
  else page.fact("TPM event log", "none");
  for (const auto& note : list_at(*firmware, "notes")) {
    if (note.is_string()) page.fact("Note", note.get_string());
  }
  page.end_facts();
  const auto* boot = object_at(*firmware, "boot");
  if (boot == nullptr) return;
  std::vector<Row> rows;
  for (const auto& item : list_at(*boot, "entries")) {
    if (!item.is_object()) continue;  // the machine said it, and it may be anybody's
    const auto& entry = item.get_object();
    const auto number = text_at(entry, "number");
    const auto& order = list_at(*boot, "order");
    const auto place = std::ranges::find(order, json::value(number));
    rows.push_back({place == order.end() ? "" : std::to_string(place - order.begin() + 1), number, flag_at(entry, "active") ? "yes" : "no",
                    text_at(entry, "description"), text_at(entry, "file")});
  }
  page.table({"Place in the boot order", "Entry", "Active", "Name", "File"}, rows);
}

void hashes(PageBuilder& page, const json::object& report) {
  const auto* hashes = object_at(report, "hashes");
  if (hashes == nullptr) return;
  page.heading("Hashes");
  page.begin_facts();
  page.code_fact("SHA-256 of the whole disk", text_at(*hashes, "sha256"));
  page.code_fact("Root of the tree of its blocks", text_at(*hashes, "root"));
  for (const auto& [key, name] : {std::pair{"md5", "MD5"}, std::pair{"sha1", "SHA-1"}}) {
    if (!text_at(*hashes, key).empty()) page.code_fact(name, text_at(*hashes, key));
  }
  page.code_fact("SHA-256 of the disk map", text_at(*hashes, "map_sha256"));
  page.end_facts();
  page.paragraph("Unreadable bytes count as zeros in the hashes of the whole disk.");
}

void gaps(PageBuilder& page, const json::object& report) {
  const auto* gaps = object_at(report, "gaps");
  if (gaps == nullptr) return;
  page.heading("Unreadable ranges");
  const bool deleted = object_at(report, "deleted") != nullptr;
  if (!deleted && text_at(*gaps, "map") != "matches the record") page.verdict(false, "The disk map is damaged: " + text_at(*gaps, "map"));
  if (text_at(*gaps, "bytes") == "0") return page.paragraph("None: every sector could be read.");
  page.paragraph(text_at(*gaps, "bytes") + " bytes in " + text_at(*gaps, "count") + " ranges; sectors of " + text_at(*gaps, "sector_bytes") +
                 " bytes. They are recorded as unreadable, never as zeros that were read.");
  std::vector<Row> rows;
  for (const auto& item : list_at(*gaps, "ranges")) {
    const auto& range = item.as_object();
    rows.push_back({text_at(range, "first_sector"), text_at(range, "sectors"), text_at(range, "offset"), text_at(range, "length"), text_at(range, "cause")});
  }
  page.table({"First sector", "Sectors", "First byte", "Bytes", "Cause"}, rows);
}

std::vector<Row> acts(const json::array& list) {
  std::vector<Row> rows;
  for (const auto& item : list) {
    const auto& act = item.as_object();
    rows.push_back({text_at(act, "time"), text_at(act, "actor"), text_at(act, "what"), text_at(act, "reason"), text_at(act, "text")});
  }
  return rows;
}

void who_and_when(PageBuilder& page, const json::object& report) {
  const auto* people = object_at(report, "people");
  const auto* times = object_at(report, "times");
  if (people == nullptr || times == nullptr) return;
  page.heading("Who");
  page.begin_facts();
  page.fact("Operator in the record", text_at(*people, "operator"));
  page.end_facts();
  if (const auto rows = acts(list_at(*people, "approvals")); !rows.empty()) page.table({"Time (UTC)", "Approved by", "Action", "Reason", "What"}, rows);
  page.heading("Waivers");
  const auto waivers = acts(list_at(*people, "waivers"));
  if (waivers.empty()) page.paragraph("None.");
  else page.table({"Time (UTC)", "Who", "Waiver", "Reason", "What"}, waivers);
  page.heading("When (UTC)");
  page.begin_facts();
  page.fact("Reading began", text_at(*times, "started_at"));
  page.fact("Everything was in the store", text_at(*times, "copied_at"));
  page.fact("Read back and compared", text_at(*times, "verified_at"));
  page.fact("Milliseconds of copying", text_at(*times, "copy_ms"));
  page.end_facts();
  std::vector<Row> rows;
  for (const auto& item : list_at(*times, "stages")) {
    const auto& stage = item.as_object();
    rows.push_back({text_at(stage, "at"), text_at(stage, "stage"), text_at(stage, "actor"), text_at(stage, "text")});
  }
  if (!rows.empty()) page.table({"Time (UTC)", "Stage", "By", "What"}, rows);
}

void holds(PageBuilder& page, const json::object& report) {
  page.heading("Legal hold");
  std::vector<Row> rows;
  for (const auto& item : list_at(report, "holds")) {
    const auto& hold = item.as_object();
    rows.push_back({text_at(hold, "time"), text_at(hold, "actor"), text_at(hold, "reason")});
  }
  if (rows.empty()) return page.paragraph("None.");
  page.table({"Since (UTC)", "By", "Reason"}, rows);
}

void golden(PageBuilder& page, const json::object& report) {
  page.heading("Golden image");
  const auto* receipt = object_at(report, "installed");
  if (receipt == nullptr) return page.paragraph("None was laid down on the strength of this evidence.");
  page.verdict(flag_at(*receipt, "read_back"), flag_at(*receipt, "read_back") ? "Laid down, read back from the disk and equal to the image's root, " + text_at(*receipt, "finished_at") + "."
                                                                              : "A permit was given; no read-back has been reported.");
  page.begin_facts();
  page.fact("Name", text_at(*receipt, "image_name"));
  page.code_fact("Image", text_at(*receipt, "image_id"));
  page.code_fact("Root", text_at(*receipt, "image_root"));
  page.code_fact("Permit", text_at(*receipt, "permit_id"));
  page.fact("Permit issued", text_at(*receipt, "permit_issued_at"));
  page.fact("For the disk", text_at(*receipt, "disk_serial"));
  if (const auto* figures = object_at(*receipt, "report")) page.any_facts(*figures);
  page.end_facts();
}

void backup(PageBuilder& page, const json::object& report) {
  page.heading("Restored backup");
  const auto* restored = object_at(report, "restored");
  if (restored == nullptr) return page.paragraph("None has been restored.");
  page.paragraph(text_at(*restored, "text"));
  page.begin_facts();
  page.fact("Finished", text_at(*restored, "finished_at"));
  if (const auto* figures = object_at(*restored, "report")) page.any_facts(*figures);
  if (const auto* backup = object_at(*restored, "backup")) page.any_facts(json::object{{"backup", *backup}});
  page.end_facts();
}

void custody(PageBuilder& page, const json::object& report) {
  page.heading("Chain of custody");
  const auto* custody = object_at(report, "custody");
  if (custody == nullptr) return;
  page.begin_facts();
  page.code_fact("Head of the whole log", text_at(*custody, "head"));
  page.end_facts();
  std::vector<Row> rows;
  for (const auto& item : list_at(*custody, "lines")) {
    const auto& line = item.as_object();
    const auto reason = text_at(line, "reason"), text = text_at(line, "text");
    rows.push_back({text_at(line, "seq"), text_at(line, "time"), text_at(line, "actor"), text_at(line, "action"),
                    text + (text.empty() || reason.empty() ? "" : " — ") + reason, text_at(line, "sha256").substr(0, 16)});
  }
  page.table({"Line", "Time (UTC)", "Actor", "Action", "What and why", "SHA-256 begins"}, rows);
  page.paragraph("Lines of this machine and this evidence; every line of the log was checked. Whoever keeps the head outside the room can tell later that nothing before it was changed.");
}

}  // namespace

std::string_view report_style() { return kStyle; }

std::string report_page(const json::object& report) {
  static const json::object kNothing;
  const auto* found = object_at(report, "evidence");
  const auto& evidence = found == nullptr ? kNothing : *found;
  PageBuilder page;
  verdicts(page, report, evidence);
  what(page, report, evidence);
  firmware(page, report);
  hashes(page, report);
  gaps(page, report);
  who_and_when(page, report);
  holds(page, report);
  golden(page, report);
  backup(page, report);
  custody(page, report);
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>Evidence report " +
                    escaped(text_at(evidence, "id")) + "</title>\n<style>" + std::string(kStyle) + "</style></head><body>\n";
  title(out, report, evidence);
  out += "<main>\n" + page.body() + "</main>\n<footer>Everything here can be checked again without the depot, from public keys alone: "
         "resus evidence verify --keys, or scripts/verify-evidence.</footer>\n</body></html>\n";
  return out;
}

}  // namespace resus::report
