// Legal holds and tombstones beside records. imaging/FORMAT.md section 16.
#include <boost/json.hpp>
#include <algorithm>

#include "imaging/json_fields.hpp"
#include "imaging/store_parts.hpp"
#include "imaging/tombstone.hpp"

namespace resus::imaging {
namespace {

namespace json = boost::json;

json::object object_of(const Hold& hold) { return {{"actor", hold.actor}, {"reason", hold.reason}, {"time", hold.time}}; }

Result<Hold> hold_of(JsonFields& fields) {
  Hold hold;
  RESUS_TRY(hold.actor, fields.text("actor"));
  RESUS_TRY(hold.reason, fields.text("reason"));
  RESUS_TRY(hold.time, fields.text("time"));
  return hold;
}

Result<std::vector<Hold>> parse_holds(std::string_view envelope) {
  RESUS_TRY(const auto payload, unverified_payload(envelope));
  RESUS_TRY(const auto value, parse_json(payload, "holds"));
  RESUS_TRY(auto fields, JsonFields::of(value, "holds"));
  const auto* list = fields.optional("holds");
  if (list == nullptr || !list->is_array()) return hw::fail(hw::Code::kBadInput, "holds: not a list");
  std::vector<Hold> holds;
  for (const auto& item : list->get_array()) {
    RESUS_TRY(auto one, JsonFields::of(item, "hold"));
    RESUS_TRY(auto hold, hold_of(one));
    holds.push_back(std::move(hold));
  }
  return holds;
}

/// Whoever cannot read who holds it must not conclude that nobody does.
Result<std::vector<Hold>> read_holds(const StoreParts& parts, const std::string& id) {
  RESUS_TRY(const bool there, parts.files.exists(parts.paths.holds(id)));
  if (!there) return std::vector<Hold>();
  RESUS_TRY(const auto envelope, parts.files.read_all(parts.paths.holds(id), kMaxJsonBytes));
  auto holds = parse_holds(envelope);
  if (holds) return holds;
  return std::vector<Hold>{{.actor = "unknown", .reason = "the list of holds is damaged: " + holds.error().context, .time = {}}};
}

Result<void> write_holds(StoreParts& parts, const std::string& id, const std::vector<Hold>& holds, const SigningKey& key) {
  json::array list;
  for (const auto& hold : holds) list.push_back(object_of(hold));
  const auto payload = json::serialize(json::object{{"v", 1}, {"evidence", id}, {"holds", std::move(list)}});
  RESUS_TRY(const auto envelope, seal(key, Purpose::kHold, payload));
  return parts.files.replace(parts.paths.holds(id), envelope);
}

}  // namespace

std::string to_json(const Tombstone& tombstone) {
  return json::serialize(json::object{{"v", 1}, {"evidence", tombstone.evidence}, {"record_sha256", to_hex(tombstone.record_sha256)},
                                      {"actor", tombstone.by.actor}, {"reason", tombstone.by.reason}, {"time", tombstone.by.time}});
}

Result<Tombstone> tombstone_from_json(std::string_view text) {
  RESUS_TRY(const auto value, parse_json(text, "tombstone"));
  RESUS_TRY(auto fields, JsonFields::of(value, "tombstone"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != 1) return hw::fail(hw::Code::kBadInput, "tombstone version " + std::to_string(version) + " is not known");
  Tombstone tombstone;
  RESUS_TRY(tombstone.evidence, fields.text("evidence"));
  RESUS_TRY(tombstone.record_sha256, fields.digest("record_sha256"));
  RESUS_TRY(tombstone.by, hold_of(fields));
  RESUS_TRY(fields.no_others());
  return tombstone;
}

Result<std::vector<Hold>> Store::holds(std::string_view id) const {
  RESUS_TRY(const auto info, find_evidence(id));
  return read_holds(*parts_, info.id);
}

Result<void> Store::hold_evidence(std::string_view id, const Hold& hold, const SigningKey& key) {
  RESUS_TRY(parts_->may_write());
  const std::lock_guard lock(parts_->beside_mutex);
  RESUS_TRY(const auto info, find_evidence(id));
  RESUS_TRY(auto holds, read_holds(*parts_, info.id));
  holds.push_back(hold);
  return write_holds(*parts_, info.id, holds, key);
}

Result<void> Store::lift_holds(std::string_view id, const Hold&, const SigningKey& key) {
  RESUS_TRY(parts_->may_write());
  const std::lock_guard lock(parts_->beside_mutex);
  RESUS_TRY(const auto info, find_evidence(id));
  RESUS_TRY(const auto holds, read_holds(*parts_, info.id));
  if (holds.empty()) return hw::fail(hw::Code::kConflict, info.id + " is not held");
  return write_holds(*parts_, info.id, {}, key);
}

Result<void> Store::delete_evidence(std::string_view id, const Hold& by, const SigningKey& key) {
  RESUS_TRY(parts_->may_write());
  const std::lock_guard lock(parts_->beside_mutex);
  RESUS_TRY(const auto info, find_evidence(id));
  RESUS_TRY(const auto holds, read_holds(*parts_, info.id));
  if (!holds.empty()) {
    return hw::fail(hw::Code::kEvidenceKept, info.id + " is held by " + holds.front().actor + " since " + holds.front().time + ": " + holds.front().reason);
  }
  RESUS_TRY(const auto record, parts_->files.read_all(parts_->paths.record(info.id), kMaxJsonBytes));
  const Tombstone tombstone{.evidence = info.id, .record_sha256 = sha256(std::as_bytes(std::span(record))), .by = by};
  RESUS_TRY(const auto envelope, seal(key, Purpose::kDeletion, to_json(tombstone)));
  RESUS_TRY(parts_->files.replace(parts_->paths.tombstone(info.id), envelope));
  const std::lock_guard listed(parts_->mutex);
  std::erase_if(parts_->evidence, [&](const EvidenceInfo& one) { return one.id == info.id; });
  parts_->deleted.push_back({.id = info.id, .record = info.record, .by = by, .freed = false});
  return hw::success();
}

std::vector<DeletedEvidence> Store::deleted_evidence() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->deleted;
}

}  // namespace resus::imaging
