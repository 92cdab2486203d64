#include "web/depot/machine_record.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "web/messages/acquisition.hpp"
#include "web/messages/identity_json.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using messages::Fields;

json::object agent_object(const AgentBinding& agent) {
  return {{"key", agent.key}, {"boot_id", agent.boot_id}, {"approved", agent.approved},
          {"build", agent.build}, {"status_url", agent.status_url}};
}

void read_agent(Fields& f, AgentBinding& agent) {
  agent.key = f.text("key");
  agent.boot_id = f.text("boot_id");
  agent.approved = f.flag("approved");
  agent.build = f.text("build");
  agent.status_url = f.text("status_url", messages::kLongText);
}

json::object evidence_object(const VerifiedEvidence& e) {
  return {{"id", e.id}, {"root", e.root}, {"sha256", e.sha256}, {"bytes_read", e.bytes_read},
          {"bytes_added", e.bytes_added}, {"bytes_known", e.bytes_known},
          {"unreadable_bytes", e.unreadable_bytes}, {"verified_at_ms", e.verified_at_ms}, {"seconds", e.seconds},
          {"busy", messages::times_object(e.busy)}};
}

std::int64_t time_of(Fields& f, std::string_view key) {
  return static_cast<std::int64_t>(f.number(key, INT64_MAX));
}

void read_evidence(Fields& f, VerifiedEvidence& e) {
  e.id = f.text("id");
  e.root = f.text("root");
  e.sha256 = f.text("sha256");
  e.bytes_read = f.number("bytes_read");
  e.bytes_added = f.number("bytes_added");
  e.bytes_known = f.number("bytes_known");
  e.unreadable_bytes = f.number("unreadable_bytes");
  e.verified_at_ms = time_of(f, "verified_at_ms");
  e.seconds = f.real("seconds");
  if (!f.has("busy")) return;  // a record of an older version
  f.object("busy", [&](Fields& inner) { e.busy = messages::read_times(inner); });
}

json::array disks_array(const std::vector<hw::DiskIdentity>& disks) {
  json::array array;
  for (const auto& disk : disks) array.emplace_back(messages::disk_object(disk));
  return array;
}

void read_disks(Fields& f, std::vector<hw::DiskIdentity>& disks) {
  f.objects("disks", 64, [&](Fields& inner) { disks.push_back(messages::read_disk(inner)); });
}

json::object pending_object(const PendingAgent& pending) {
  return {{"agent", agent_object(pending.agent)}, {"identity", messages::machine_object(pending.identity)},
          {"disks", disks_array(pending.disks)}};
}

json::object disk_json(const BoundDisk& disk) {
  return {{"path", disk.path}, {"serial", disk.serial}, {"model", disk.model}, {"size_bytes", disk.size_bytes}};
}

json::array times_array(const std::vector<StageTime>& times) {
  json::array array;
  for (const auto& time : times) {
    array.emplace_back(json::object{{"phase", imaging::to_string(time.phase)}, {"worked_ms", time.worked_ms},
                                    {"since_ms", time.since_ms}, {"finished", time.finished}});
  }
  return array;
}

void read_times(Fields& f, std::vector<StageTime>& times) {
  if (!f.has("times")) return;  // a record of an older version
  f.objects("times", timed_phases().size(), [&](Fields& inner) {
    const auto phase = imaging::phase_from(inner.text("phase"));
    if (!phase) return inner.refuse("phase", "a phase");
    times.push_back({.phase = phase.value(), .worked_ms = time_of(inner, "worked_ms"),
                     .since_ms = time_of(inner, "since_ms"), .finished = inner.flag("finished")});
  });
}

void read_texts(Fields& f, MachineRecord& r) {
  r.id = f.text("id");
  r.slot = f.text("slot");
  r.code = f.text("code");
  r.detail = f.text("detail", 64 * 1024);
  r.params = f.texts("params", 64);
  r.image_id = f.text("image_id");
  r.image_name = f.text("image_name");
  r.backup_id = f.text("backup_id");
  r.hostname = f.text("hostname");
  r.acquisition_id = f.text("acquisition_id");
  r.phone_token = f.text("phone_token");
  if (f.has("refused_key")) r.refused_key = f.text("refused_key");
  r.deployed_json = f.text("deployed_json", messages::kLongText);
  r.restored_json = f.text("restored_json", messages::kLongText);
}

void read_numbers(Fields& f, MachineRecord& r) {
  r.rev = f.number("rev");
  r.attempt = f.number32("attempt");
  r.round = f.number32("round");
  r.gaps_accepted = f.flag("gaps_accepted");
  if (f.has("disk_accepted")) r.disk_accepted = f.flag("disk_accepted");
  if (f.has("unscanned_accepted")) r.unscanned_accepted = f.flag("unscanned_accepted");
  r.released = f.flag("released");
  r.locate_until_ms = time_of(f, "locate_until_ms");
  r.queued_at_ms = time_of(f, "queued_at_ms");
  r.started_at_ms = time_of(f, "started_at_ms");
  r.finished_at_ms = time_of(f, "finished_at_ms");
  r.last_contact_ms = time_of(f, "last_contact_ms");
  if (f.has("refused_at_ms")) r.refused_at_ms = time_of(f, "refused_at_ms");
  if (f.has("seen_at_ms")) r.seen_at_ms = time_of(f, "seen_at_ms");
  if (f.has("ticket_ms")) r.ticket_ms = time_of(f, "ticket_ms");
}

void read_parts(Fields& f, MachineRecord& r) {
  f.object("agent", [&](Fields& inner) { read_agent(inner, r.agent); });
  f.object("identity", [&](Fields& inner) { r.identity = messages::read_machine(inner); });
  read_disks(f, r.disks);
  f.object("pending", [&](Fields& pending) {
    pending.object("agent", [&](Fields& inner) { read_agent(inner, r.pending.agent); });
    pending.object("identity", [&](Fields& inner) { r.pending.identity = messages::read_machine(inner); });
    read_disks(pending, r.pending.disks);
  });
  f.object("disk", [&](Fields& inner) {
    r.disk = {inner.text("path"), inner.text("serial"), inner.text("model"), inner.number("size_bytes")};
  });
  f.object("evidence", [&](Fields& inner) { read_evidence(inner, r.evidence); });
  read_times(f, r.times);
}

}  // namespace

std::string to_json(const MachineRecord& r) {
  json::object params;
  for (const auto& [key, value] : r.params) params[key] = value;
  const json::object object = {
      {"id", r.id}, {"rev", r.rev}, {"attempt", r.attempt}, {"round", r.round}, {"slot", r.slot},
      {"phase", imaging::to_string(r.phase)}, {"condition", imaging::to_string(r.condition)},
      {"code", r.code}, {"detail", r.detail}, {"params", params}, {"agent", agent_object(r.agent)},
      {"identity", messages::machine_object(r.identity)}, {"disks", disks_array(r.disks)}, {"pending", pending_object(r.pending)},
      {"ticket_ms", r.ticket_ms}, {"refused_key", r.refused_key},
      {"refused_at_ms", r.refused_at_ms}, {"seen_at_ms", r.seen_at_ms},
      {"disk", disk_json(r.disk)},
      {"image_id", r.image_id}, {"image_name", r.image_name}, {"backup_id", r.backup_id},
      {"hostname", r.hostname}, {"acquisition_id", r.acquisition_id}, {"gaps_accepted", r.gaps_accepted},
      {"disk_accepted", r.disk_accepted},
      {"unscanned_accepted", r.unscanned_accepted},
      {"released", r.released}, {"locate_until_ms", r.locate_until_ms}, {"evidence", evidence_object(r.evidence)},
      {"times", times_array(r.times)},
      {"phone_token", r.phone_token}, {"deployed_json", r.deployed_json}, {"restored_json", r.restored_json},
      {"queued_at_ms", r.queued_at_ms}, {"started_at_ms", r.started_at_ms},
      {"finished_at_ms", r.finished_at_ms}, {"last_contact_ms", r.last_contact_ms}};
  return json::serialize(object);
}

Result<MachineRecord> machine_from_json(std::string_view text) {
  RESUS_TRY(const auto object, messages::parse_object(text, "machine"));
  Fields fields(object, "machine");
  MachineRecord record;
  read_texts(fields, record);
  read_numbers(fields, record);
  read_parts(fields, record);
  const auto phase = fields.text("phase");
  const auto condition = fields.text("condition");
  RESUS_TRY(fields.done());
  RESUS_TRY(record.phase, imaging::phase_from(phase));
  RESUS_TRY(record.condition, imaging::condition_from(condition));
  return record;
}

Result<void> check_readable(const MachineRecord& record) {
  if (auto read = machine_from_json(to_json(record)); !read) return hw::failure(std::move(read).error().within("not stored"));
  return hw::success();
}

std::string decided_upon(const MachineRecord& r) {
  const bool interrupted = r.condition == imaging::Condition::kInterrupted;
  json::object params;
  if (!interrupted) {
    for (const auto& [key, value] : r.params) params[key] = value;
  }
  const json::object object = {
      {"attempt", r.attempt}, {"round", r.round}, {"slot", r.slot}, {"phase", imaging::to_string(r.phase)},
      {"condition", imaging::to_string(interrupted ? imaging::Condition::kOk : r.condition)},
      {"code", interrupted ? "" : r.code}, {"detail", interrupted ? "" : r.detail}, {"params", std::move(params)},
      {"agent", agent_object(r.agent)}, {"pending", pending_object(r.pending)},
      {"identity", messages::machine_object(r.identity)}, {"disks", disks_array(r.disks)}, {"disk", disk_json(r.disk)},
      {"image_id", r.image_id}, {"backup_id", r.backup_id}, {"hostname", r.hostname}, {"gaps_accepted", r.gaps_accepted},
      {"unscanned_accepted", r.unscanned_accepted}, {"released", r.released}, {"evidence", evidence_object(r.evidence)}};
  return json::serialize(object);
}

std::uint64_t lasting_bytes(const MachineRecord& record) {
  const auto bound = [&](const hw::DiskIdentity& disk) { return disk.serial == record.disk.serial && disk.size_bytes == record.disk.size_bytes; };
  const auto disk = std::ranges::find_if(record.disks, bound);
  return disk == record.disks.end() ? 0 : disk->lasting_bytes;
}

std::string first_mac(const hw::MachineIdentity& identity) {
  for (const auto& link : identity.links) {
    if (!link.mac.empty()) return link.mac;
  }
  return {};
}

}  // namespace resus::depot
