#include "web/messages/device_json.hpp"

#include <boost/json.hpp>

#include "web/messages/identity_json.hpp"

namespace resus::messages {
namespace {

namespace json = boost::json;

json::object ata_object(const hw::DeviceFacts& facts) {
  const auto& ata = *facts.ata;
  json::object object{{"model", ata.model}, {"serial", ata.serial}, {"firmware", ata.firmware}, {"wwn", ata.wwn},
                      {"sectors", ata.sectors}, {"logical_sector_bytes", ata.logical_sector_bytes},
                      {"physical_sector_bytes", ata.physical_sector_bytes}, {"rotation", ata.rotation},
                      {"hpa_feature", ata.hpa_feature}, {"dco_feature", ata.dco_feature}, {"amax_feature", ata.amax_feature},
                      {"trusted_computing", ata.trusted_computing},
                      {"security", json::object{{"supported", ata.security.supported}, {"enabled", ata.security.enabled},
                                                {"locked", ata.security.locked}, {"frozen", ata.security.frozen}}}};
  if (facts.native_sectors) object["native_sectors"] = *facts.native_sectors;
  if (facts.dco_sectors) object["dco_sectors"] = *facts.dco_sectors;
  return object;
}

json::object smart_object(const hw::DeviceFacts& facts) {
  json::array attributes;
  for (const auto& one : facts.smart) {
    attributes.push_back(json::object{{"id", one.id}, {"value", one.value}, {"worst", one.worst}, {"raw", one.raw}});
  }
  json::object object{{"attributes", std::move(attributes)}};
  if (facts.smart_failing) object["predicts_failure"] = *facts.smart_failing;
  return object;
}

json::object nvme_object(const hw::DeviceFacts& facts) {
  json::array namespaces;
  for (const auto id : facts.nvme_namespaces) namespaces.emplace_back(id);
  json::object object{{"namespaces", std::move(namespaces)}};
  if (facts.nvme) {
    object["model"] = facts.nvme->model;
    object["serial"] = facts.nvme->serial;
    object["firmware"] = facts.nvme->firmware;
    object["total_bytes"] = facts.nvme->total_bytes;
    object["unallocated_bytes"] = facts.nvme->unallocated_bytes;
  }
  if (!facts.nvme_health) return object;
  const auto& health = *facts.nvme_health;
  object["health"] = json::object{{"critical_warning", health.critical_warning}, {"temperature_kelvin", health.temperature_kelvin},
                                  {"spare_percent", health.spare_percent}, {"used_percent", health.used_percent},
                                  {"data_read_units", health.data_read_units}, {"data_written_units", health.data_written_units},
                                  {"power_on_hours", health.power_on_hours}, {"unsafe_shutdowns", health.unsafe_shutdowns},
                                  {"media_errors", health.media_errors}};
  return object;
}

json::object opal_object(const hw::OpalState& opal) {
  return {{"kind", opal.kind}, {"locking_supported", opal.locking_supported}, {"locking_enabled", opal.locking_enabled},
          {"locked", opal.locked}, {"media_encryption", opal.media_encryption}, {"mbr_shadow", opal.mbr_shadow}};
}

json::object table_object(const imaging::DiskSurvey& survey) {
  json::array partitions;
  for (const auto& partition : survey.table.partitions) {
    partitions.push_back(json::object{{"number", partition.number}, {"type", partition.type}, {"label", partition.label},
                                      {"offset_bytes", partition.offset_bytes}, {"length_bytes", partition.length_bytes}});
  }
  json::object object{{"kind", survey.table.kind}, {"uuid", survey.table.uuid}, {"from_backup", survey.table.from_backup},
                      {"partitions", std::move(partitions)}};
  if (!survey.table_problem.empty()) object["problem"] = survey.table_problem;
  return object;
}

}  // namespace

hw::Result<DeviceFindings> find_out(hw::DiskAccess& disks, hw::DiskReader& reader) {
  const auto& disk = reader.identity();
  DeviceFindings findings;
  RESUS_TRY(const auto answers, disks.ask(disk.path));
  findings.facts = hw::facts_of(answers);
  findings.questions = hw::questions_of(findings.facts, disk);
  RESUS_TRY(findings.survey, imaging::survey_disk(reader));
  for (const auto& volume : findings.survey.encrypted) {
    findings.questions.push_back({"encrypted", volume.kind + " at byte " + std::to_string(volume.offset_bytes) +
                                                   ": the copy holds it as it is, unreadable without its key"});
  }
  return findings;
}

json::object device_object(const hw::DiskIdentity& disk, const DeviceFindings& findings) {
  auto object = disk_object(disk);
  const auto& facts = findings.facts;
  if (facts.ata) object["ata"] = ata_object(facts);
  if (!facts.smart.empty() || facts.smart_failing) object["smart"] = smart_object(facts);
  if (facts.nvme || !facts.nvme_namespaces.empty() || facts.nvme_health) object["nvme"] = nvme_object(facts);
  if (facts.opal) object["opal"] = opal_object(*facts.opal);
  object["partition_table"] = table_object(findings.survey);
  json::array encrypted, questions, notes;
  for (const auto& volume : findings.survey.encrypted) {
    encrypted.push_back(json::object{{"kind", volume.kind}, {"offset_bytes", volume.offset_bytes}});
  }
  for (const auto& question : findings.questions) {
    questions.push_back(json::object{{"kind", question.kind}, {"text", question.text}});
  }
  for (const auto& note : facts.notes) notes.emplace_back(note);
  object["encrypted"] = std::move(encrypted);
  object["questions"] = std::move(questions);
  if (!notes.empty()) object["notes"] = std::move(notes);
  return object;
}

json::object reread_object(const imaging::RereadOutcome& outcome) {
  constexpr std::size_t kListed = 1024;
  json::array differences;
  for (const auto& range : outcome.differences) {
    if (differences.size() == kListed) break;
    differences.push_back(json::object{{"offset_bytes", range.offset_bytes}, {"length_bytes", range.length_bytes}});
  }
  return {{"policy", imaging::to_string(outcome.policy)}, {"bytes", outcome.bytes}, {"unreadable_bytes", outcome.unreadable_bytes},
          {"difference_count", outcome.differences.size()}, {"differences", std::move(differences)}};
}

}  // namespace resus::messages
