#include "web/messages/enrol.hpp"

#include "web/messages/identity_json.hpp"

namespace resus::messages {

std::string encode(const EnrolRequest& request) {
  boost::json::array disks;
  for (const auto& disk : request.disks) disks.emplace_back(disk_object(disk));
  return boost::json::serialize(boost::json::object{{"boot_id", request.boot_id},
                                                    {"ticket", request.ticket},
                                                    {"identity", machine_object(request.identity)},
                                                    {"disks", std::move(disks)},
                                                    {"build", request.build},
                                                    {"status_url", request.status_url},
                                                    {"time", request.time}});
}

std::string encode(const EnrolReply& reply) {
  return boost::json::serialize(boost::json::object{{"machine_id", reply.machine_id},
                                                    {"short_code", reply.short_code},
                                                    {"slot", reply.slot},
                                                    {"heartbeat_s", reply.heartbeat_s}});
}

template <>
Result<EnrolRequest> decode<EnrolRequest>(std::string_view body) {
  if (body.size() > kMaxEnrolBytes) {
    return hw::fail(hw::Code::kBadInput, "enrol: longer than " + std::to_string(kMaxEnrolBytes) + " bytes");
  }
  RESUS_TRY(auto object, parse_object(body, "enrol"));
  Fields fields(object, "enrol");
  EnrolRequest request;
  request.boot_id = fields.text("boot_id");
  request.ticket = fields.text("ticket");
  fields.object("identity", [&](Fields& inner) { request.identity = read_machine(inner); });
  fields.objects("disks", kMaxDisks, [&](Fields& inner) { request.disks.push_back(read_disk(inner)); });
  request.build = fields.text("build");
  request.status_url = fields.text("status_url");
  request.time = fields.text("time");
  RESUS_TRY(fields.done());
  return request;
}

template <>
Result<EnrolReply> decode<EnrolReply>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "enrol reply"));
  Fields fields(object, "enrol reply");
  EnrolReply reply;
  reply.machine_id = fields.text("machine_id");
  reply.short_code = fields.text("short_code");
  reply.slot = fields.text("slot");
  reply.heartbeat_s = fields.number32("heartbeat_s");
  RESUS_TRY(fields.done());
  return reply;
}

std::string encode(const hw::MachineIdentity& identity) { return boost::json::serialize(machine_object(identity)); }

std::string encode(const hw::DiskIdentity& disk) { return boost::json::serialize(disk_object(disk)); }

template <>
Result<hw::MachineIdentity> decode<hw::MachineIdentity>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "identity"));
  Fields fields(object, "identity");
  auto identity = read_machine(fields);
  RESUS_TRY(fields.done());
  return identity;
}

template <>
Result<hw::DiskIdentity> decode<hw::DiskIdentity>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "disk"));
  Fields fields(object, "disk");
  auto disk = read_disk(fields);
  RESUS_TRY(fields.done());
  return disk;
}

}  // namespace resus::messages
