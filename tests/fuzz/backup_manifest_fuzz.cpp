// Backup manifests, and what the confined reader of an archive says: neither may be believed.
#include <cstdlib>

#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/manifest_lines.hpp"
#include "imaging/restore/restore_plan.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

void manifest(std::string_view text) {
  const auto read = imaging::backup_manifest_from_json_lines(text);
  if (!read) return;
  const auto lines = imaging::to_json_lines(read.value());
  const auto again = imaging::backup_manifest_from_json_lines(lines);
  if (!again || imaging::to_json_lines(again.value()) != lines) std::abort();
  for (const auto kind : {imaging::TargetKind::kPosix, imaging::TargetKind::kNtfs}) {
    const auto exclusions = imaging::target_exclusions(read.value(), kind);
    const auto plan = imaging::make_plan(read.value(), exclusions, kind, {}, {});
    if (plan.entries.size() + exclusions.size() != read.value().entries.size()) std::abort();
  }
}

void child_says(std::string_view text) {
  if (const auto entry = imaging::entry_from_line(text, "fuzz")) {
    if (!imaging::entry_from_line(imaging::entry_line(entry.value()), "fuzz")) std::abort();
  }
  if (const auto exclusion = imaging::exclusion_from_line(text, "fuzz")) {
    if (!imaging::exclusion_from_line(imaging::exclusion_line(exclusion.value()), "fuzz")) std::abort();
  }
  if (const auto finding = imaging::finding_from_line(text, "fuzz")) {
    if (!imaging::finding_from_line(imaging::finding_line(finding.value()), "fuzz")) std::abort();
  }
  (void)imaging::numbers_from_child(text, 2).has_value();
  (void)imaging::error_from_child(text);
  (void)imaging::owner_numbers(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  manifest(text);
  child_says(text);
  return 0;
}
