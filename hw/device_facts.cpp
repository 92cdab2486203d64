#include "hw/device_facts.hpp"

#include "hw/plain_text.hpp"

namespace resus::hw {
namespace {

/// Takes over what was answered and can be read; says what cannot.
template <class Parse, class Keep>
void take(const std::vector<std::byte>& answer, DeviceFacts& facts, Parse parse, Keep keep) {
  if (answer.empty()) return;
  auto parsed = parse(answer);
  if (parsed) keep(std::move(parsed).value());
  else facts.notes.push_back(parsed.error().context);
}

std::string sectors_text(std::uint64_t sectors, std::uint32_t sector_bytes) {
  return std::to_string(sectors) + " sectors (" + std::to_string(sectors * sector_bytes) + " bytes)";
}

void ask_about_hidden(const DeviceFacts& facts, const DiskIdentity& disk, std::vector<DiskQuestion>& questions) {
  const auto& ata = *facts.ata;
  const auto native = facts.native_sectors.value_or(ata.sectors);
  const auto hidden = [&](std::uint64_t sectors, const std::string& by) {
    questions.push_back({"hidden_area", sectors_text(sectors, ata.logical_sector_bytes) + " at the disk's end are hidden by " + by +
                                            "; going on copies the disk without them"});
  };
  if (native > ata.sectors) hidden(native - ata.sectors, "a Host Protected Area");
  if (facts.dco_sectors && *facts.dco_sectors > native) hidden(*facts.dco_sectors - native, "a Device Configuration Overlay");
  const auto shown = disk.size_bytes / ata.logical_sector_bytes;
  if (ata.sectors > shown) hidden(ata.sectors - shown, "the adapter between the disk and this machine");
}

std::string lifted_text(const DeviceFacts& facts, const DiskIdentity& disk) {
  const bool known = disk.lasting_bytes > 0 && disk.lasting_bytes < disk.size_bytes;
  const auto hidden = (disk.size_bytes - disk.lasting_bytes) / disk.logical_sector_bytes;
  const auto what = known ? sectors_text(hidden, disk.logical_sector_bytes) + " at the disk's end were hidden by a Host Protected Area, which"
                          : std::string("a Host Protected Area of this disk, of a size that is not known here,");
  return what + " this machine's kernel has lifted until the next power cycle (\"" + shown_text(facts.lifted_area_lines.front()) +
         "\"); going on copies all of the disk, and what is laid down " +
         (known ? "ends before them" : "at its end is hidden again later");
}

}  // namespace

DeviceFacts facts_of(const DeviceAnswers& answers) {
  DeviceFacts facts;
  take(answers.ata_identify, facts, parse_ata_identify, [&](AtaIdentity ata) { facts.ata = std::move(ata); });
  take(answers.dco_identify, facts, parse_dco_sectors, [&](std::uint64_t sectors) { facts.dco_sectors = sectors; });
  take(answers.smart_data, facts, parse_smart_data, [&](std::vector<SmartAttribute> smart) { facts.smart = std::move(smart); });
  take(answers.nvme_controller, facts, parse_nvme_controller, [&](NvmeController nvme) { facts.nvme = std::move(nvme); });
  take(answers.nvme_namespaces, facts, parse_nvme_namespaces,
       [&](std::vector<std::uint32_t> ids) { facts.nvme_namespaces = std::move(ids); });
  take(answers.nvme_health, facts, parse_nvme_health, [&](NvmeHealth health) { facts.nvme_health = health; });
  take(answers.opal_discovery, facts, parse_opal_discovery, [&](OpalState opal) { facts.opal = std::move(opal); });
  facts.lifted_area_lines = answers.lifted_area_lines;
  const auto registers = [&](const std::vector<std::byte>& sense, auto keep) { take(sense, facts, parse_ata_return, keep); };
  registers(answers.native_max_sense, [&](const AtaReturn& answer) { facts.native_sectors = native_sectors(answer); });
  registers(answers.smart_status_sense, [&](const AtaReturn& answer) { facts.smart_failing = smart_predicts_failure(answer); });
  return facts;
}

std::vector<DiskQuestion> questions_of(const DeviceFacts& facts, const DiskIdentity& disk) {
  std::vector<DiskQuestion> questions;
  if (facts.ata) ask_about_hidden(facts, disk, questions);
  if (!facts.lifted_area_lines.empty()) questions.push_back({"lifted_area", lifted_text(facts, disk)});
  if (facts.ata && facts.ata->security.locked) {
    questions.push_back({"locked", "the disk is locked with an ATA password; going on records it as unreadable"});
  }
  if (facts.opal && facts.opal->locked) {
    questions.push_back({"locked", "the disk encrypts itself and is locked (" + facts.opal->kind +
                                       "); going on copies what the locked ranges show, not their content"});
  }
  if (facts.opal && facts.opal->mbr_shadow) {
    questions.push_back({"locked", "a shadow MBR stands before the disk; going on copies the shadow in place of its first sectors"});
  }
  return questions;
}

}  // namespace resus::hw
