#include "web/depot/permits.hpp"

#include <boost/json.hpp>

#include "web/depot/machine_rules.hpp"
#include "web/depot/secrets.hpp"

namespace resus::depot {
Result<std::string> Permits::permit_for(const MachineRecord& m) {
  RESUS_TRY(may_write(m));
  const auto now_ms = clock_.now().time_since_epoch().count();
  const auto lasting = lasting_bytes(m);
  const auto about = std::to_string(m.attempt) + " " + m.agent.boot_id + " " + m.disk.serial + " " + m.evidence.id + " " + m.image_id + " " + std::to_string(lasting);
  const std::lock_guard lock(mutex_);
  auto& known = by_machine_[m.id];
  if (known.about == about && now_ms < known.renew_at_ms) return known.envelope;
  RESUS_TRY(const auto evidence, store_.find_evidence(m.evidence.id));
  RESUS_TRY(const auto image, store_.find_image(m.image_id));
  const auto lifetime_ms = std::chrono::milliseconds(kLifetime).count();
  const imaging::Permit permit{.permit_id = "pm-" + random_hex(8), .machine_id = m.id, .boot_id = m.agent.boot_id,
                               .disk_serial = m.disk.serial, .disk_bytes = m.disk.size_bytes, .lasting_bytes = lasting,
                               .evidence_id = m.evidence.id, .evidence_root = evidence.record.root,
                               .image_id = m.image_id, .image_root = image.manifest.root,
                               .issued_at_ms = now_ms, .expires_at_ms = now_ms + lifetime_ms, .waiver = {}};
  const auto payload = to_json(permit);
  RESUS_TRY(auto envelope, imaging::seal(key_, imaging::Purpose::kPermit, payload));
  RESUS_TRY(custody_.append({.actor = "depot", .machine = m.id, .action = "permit.issue", .reason = {}, .details = payload}));
  known = {about, envelope, now_ms + lifetime_ms / 2};
  return envelope;
}

}  // namespace resus::depot
