#include "imaging/permit.hpp"

#include <boost/json.hpp>
#include <chrono>

#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using hw::fail;

constexpr std::int64_t kPermitVersion = 1;

Result<void> agree(bool same, std::string_view field) {
  if (same) return hw::success();
  return fail(Code::kPermitMismatch, "permit names another " + std::string(field));
}

Result<Waiver> waiver_from(const boost::json::value& value) {
  RESUS_TRY(JsonFields fields, JsonFields::of(value, "permit.waiver"));
  Waiver waiver;
  RESUS_TRY(waiver.actor, fields.text("actor"));
  RESUS_TRY(waiver.reason, fields.text("reason"));
  RESUS_TRY(fields.no_others());
  if (waiver.actor.empty() || waiver.reason.empty()) {
    return fail(Code::kBadInput, "permit.waiver: actor and reason must not be empty");
  }
  return waiver;
}

Result<void> check_disk(const Permit& permit, const hw::DiskIdentity& disk) {
  if (disk.serial.empty()) {
    return fail(Code::kPermitMismatch, "the disk has no serial, so no permit can be bound to it");
  }
  RESUS_TRY(agree(permit.disk_serial == disk.serial, "disk (serial differs)"));
  RESUS_TRY(agree(permit.disk_bytes == disk.size_bytes, "disk (size differs)"));
  if (permit.lasting_bytes > permit.disk_bytes || permit.lasting_bytes % disk.logical_sector_bytes != 0) {
    return fail(Code::kPermitMismatch, "permit ends behind the disk or inside a sector");
  }
  return hw::success();
}

Result<void> check_evidence(const Permit& permit, const PermitContext& context) {
  if (permit.evidence_id.empty() && !permit.waiver) {
    return fail(Code::kPermitMismatch, "permit names neither evidence nor a waiver");
  }
  RESUS_TRY(agree(permit.evidence_id == context.evidence_id, "evidence"));
  RESUS_TRY(agree(permit.evidence_root == context.evidence_root, "evidence root"));
  return hw::success();
}

}  // namespace

std::string to_json(const Permit& permit) {
  boost::json::object json{
      {"v", kPermitVersion},
      {"permit_id", permit.permit_id},
      {"machine_id", permit.machine_id},
      {"boot_id", permit.boot_id},
      {"disk_serial", permit.disk_serial},
      {"disk_bytes", permit.disk_bytes},
      {"evidence_id", permit.evidence_id},
      {"evidence_root", to_hex(permit.evidence_root)},
      {"image_id", permit.image_id},
      {"image_root", to_hex(permit.image_root)},
      {"issued_at_ms", permit.issued_at_ms},
      {"expires_at_ms", permit.expires_at_ms},
  };
  if (permit.lasting_bytes != 0) json["lasting_bytes"] = permit.lasting_bytes;
  if (permit.waiver) {
    json["waiver"] =
        boost::json::object{{"actor", permit.waiver->actor}, {"reason", permit.waiver->reason}};
  }
  return boost::json::serialize(json);
}

Result<Permit> permit_from_json(std::string_view json) {
  RESUS_TRY(const auto value, parse_json(json, "permit"));
  RESUS_TRY(JsonFields fields, JsonFields::of(value, "permit"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != kPermitVersion) return fail(Code::kBadInput, "permit: version is not 1");
  Permit permit;
  RESUS_TRY(permit.permit_id, fields.text("permit_id"));
  RESUS_TRY(permit.machine_id, fields.text("machine_id"));
  RESUS_TRY(permit.boot_id, fields.text("boot_id"));
  RESUS_TRY(permit.disk_serial, fields.text("disk_serial"));
  RESUS_TRY(permit.disk_bytes, fields.size("disk_bytes"));
  if (fields.optional("lasting_bytes") != nullptr) {
    RESUS_TRY(permit.lasting_bytes, fields.size("lasting_bytes"));
  }
  RESUS_TRY(permit.evidence_id, fields.text("evidence_id"));
  RESUS_TRY(const auto evidence_root, fields.digest("evidence_root"));
  RESUS_TRY(permit.image_id, fields.text("image_id"));
  RESUS_TRY(const auto image_root, fields.digest("image_root"));
  RESUS_TRY(permit.issued_at_ms, fields.integer("issued_at_ms"));
  RESUS_TRY(permit.expires_at_ms, fields.integer("expires_at_ms"));
  permit.evidence_root = {evidence_root};
  permit.image_root = {image_root};
  if (const auto* waiver = fields.optional("waiver")) {
    RESUS_TRY(permit.waiver, waiver_from(*waiver));
  }
  // A field we do not know could be a restriction we would ignore.
  RESUS_TRY(fields.no_others());
  return permit;
}

Result<Permit> check_permit(std::string_view envelope, std::span<const PublicKey> trusted,
                            const PermitContext& context, const hw::DiskIdentity& disk) {
  RESUS_TRY(const auto payload,
            open_envelope(envelope, Purpose::kPermit, trusted, Code::kPermitSignature));
  RESUS_TRY(auto permit, permit_from_json(payload));
  if (context.now.time_since_epoch().count() >= permit.expires_at_ms) {
    return fail(Code::kPermitExpired, "permit " + permit.permit_id + " has expired");
  }
  RESUS_TRY(agree(permit.machine_id == context.machine_id, "machine"));
  RESUS_TRY(agree(permit.boot_id == context.boot_id, "boot of this machine"));
  RESUS_TRY(check_disk(permit, disk));
  RESUS_TRY(check_evidence(permit, context));
  RESUS_TRY(agree(permit.image_id == context.image_id, "golden image"));
  RESUS_TRY(agree(permit.image_root == context.image_root, "golden image root"));
  return permit;
}

}  // namespace resus::imaging
