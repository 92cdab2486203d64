#include "web/messages/recovery.hpp"

#include "web/messages/fields.hpp"

namespace resus::messages {

namespace {

boost::json::object backup_object(const RestoreBackup& backup) {
  return {{"backup_id", backup.backup_id},
          {"format", backup.format},
          {"bytes", backup.bytes},
          {"partition", backup.partition},
          {"directory", backup.directory}};
}

RestoreBackup read_backup(Fields& fields) {
  RestoreBackup backup;
  backup.backup_id = fields.text("backup_id");
  backup.format = fields.text("format");
  backup.bytes = fields.number("bytes");
  backup.partition = fields.number32("partition");
  backup.directory = fields.text("directory", kLongText);
  return backup;
}

boost::json::object phone_home_object(const PhoneHomeTarget& target) {
  return {{"host", target.host}, {"port", target.port}, {"spki_sha256", target.spki_sha256}, {"token", target.token}};
}

PhoneHomeTarget read_phone_home(Fields& fields) {
  PhoneHomeTarget target;
  target.host = fields.text("host");
  target.port = static_cast<std::uint16_t>(fields.number("port", UINT16_MAX));
  target.spki_sha256 = fields.text("spki_sha256", 64);
  target.token = fields.text("token");
  return target;
}

imaging::DeploymentTimes read_times(Fields& fields) {
  return {.compare = fields.real("compare"), .fetch = fields.real("fetch"), .verify = fields.real("verify"),
          .write = fields.real("write"), .read_back = fields.real("read_back")};
}

}  // namespace

boost::json::object times_object(const imaging::DeploymentTimes& times) {
  return {{"compare", times.compare}, {"fetch", times.fetch}, {"verify", times.verify}, {"write", times.write},
          {"read_back", times.read_back}};
}

std::string encode(const Deployed& report) {
  return boost::json::serialize(boost::json::object{{"attempt", report.attempt},
                                                    {"bytes_written", report.bytes_written},
                                                    {"bytes_skipped", report.bytes_skipped},
                                                    {"bytes_fetched", report.bytes_fetched},
                                                    {"bytes_read_back", report.bytes_read_back},
                                                    {"seconds", report.seconds},
                                                    {"busy", times_object(report.busy)}});
}

template <>
Result<Deployed> decode<Deployed>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "deployed"));
  Fields fields(object, "deployed");
  Deployed report;
  report.attempt = fields.number32("attempt");
  report.bytes_written = fields.number("bytes_written");
  report.bytes_skipped = fields.number("bytes_skipped");
  report.bytes_fetched = fields.number("bytes_fetched");
  report.bytes_read_back = fields.number("bytes_read_back");
  report.seconds = fields.real("seconds");
  if (fields.has("busy")) {  // absent from an agent of an older boot image
    fields.object("busy", [&](Fields& inner) { report.busy = read_times(inner); });
  }
  RESUS_TRY(fields.done());
  return report;
}

std::string encode(const RestorePlan& plan) {
  boost::json::array backups;
  for (const auto& backup : plan.backups) backups.emplace_back(backup_object(backup));
  return boost::json::serialize(boost::json::object{
      {"backups", std::move(backups)},
      {"personalise",
       {{"hostname", plan.personalise.hostname}, {"phone_home", phone_home_object(plan.personalise.phone_home)}}}});
}

template <>
Result<RestorePlan> decode<RestorePlan>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "restore"));
  Fields fields(object, "restore");
  RestorePlan plan;
  fields.objects("backups", kMaxBackups, [&](Fields& backup) { plan.backups.push_back(read_backup(backup)); });
  fields.object("personalise", [&](Fields& inner) {
    plan.personalise.hostname = inner.text("hostname");
    inner.object("phone_home", [&](Fields& home) { plan.personalise.phone_home = read_phone_home(home); });
  });
  RESUS_TRY(fields.done());
  return plan;
}

std::string encode(const Restored& report) {
  boost::json::array malware;
  for (const auto& it : report.malware) malware.emplace_back(boost::json::object{{"path", it.path}, {"why", it.why}});
  return boost::json::serialize(boost::json::object{{"attempt", report.attempt},
                                                    {"files_restored", report.files_restored},
                                                    {"files_excluded", report.files_excluded},
                                                    {"bytes", report.bytes},
                                                    {"verified", report.verified},
                                                    {"seconds", report.seconds},
                                                    {"infected", report.infected},
                                                    {"malware", std::move(malware)}});
}

template <>
Result<Restored> decode<Restored>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "restored"));
  Fields fields(object, "restored");
  Restored report;
  report.attempt = fields.number32("attempt");
  report.files_restored = fields.number("files_restored");
  report.files_excluded = fields.number("files_excluded");
  report.bytes = fields.number("bytes");
  report.verified = fields.number("verified");
  report.seconds = fields.real("seconds");
  if (fields.has("infected")) {  // absent from an agent of an older boot image
    report.infected = fields.number("infected");
    fields.objects("malware", kMaxMalware, [&](Fields& it) {
      report.malware.push_back({.path = it.text("path", kLongText), .why = it.text("why", kLongText)});
    });
  }
  RESUS_TRY(fields.done());
  return report;
}

std::string encode(const PhoneHome& message) {
  return boost::json::serialize(boost::json::object{
      {"token", message.token}, {"hostname", message.hostname}, {"boot_time", message.boot_time}});
}

template <>
Result<PhoneHome> decode<PhoneHome>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "phone-home"));
  Fields fields(object, "phone-home");
  PhoneHome message;
  message.token = fields.text("token");
  message.hostname = fields.text("hostname");
  message.boot_time = fields.text("boot_time");
  RESUS_TRY(fields.done());
  return message;
}

std::string encode(const PhoneHomeTarget& target) { return boost::json::serialize(phone_home_object(target)); }

template <>
Result<PhoneHomeTarget> decode<PhoneHomeTarget>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "phone-home.json"));
  Fields fields(object, "phone-home.json");
  auto target = read_phone_home(fields);
  RESUS_TRY(fields.done());
  return target;
}

}  // namespace resus::messages
