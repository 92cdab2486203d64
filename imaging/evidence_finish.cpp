// The end of an acquisition: nothing is called verified that was not read back from the device.
#include "imaging/evidence_session.hpp"
#include "imaging/reread.hpp"

namespace resus::imaging {
namespace {

std::uint64_t sum(const std::vector<UnreadableRange>& ranges) {
  std::uint64_t total = 0;
  for (const auto& range : ranges) total += range.length_bytes;
  return total;
}

auto damaged(std::string what) { return hw::fail(hw::Code::kEvidenceDamaged, std::move(what)); }

}  // namespace

Result<DiskMap> EvidenceSession::settled_map() {
  const std::lock_guard lock(mutex_);
  map_.settle([this](const BlockId& id) { return store_.ledger.arrival_of(id); });
  if (map_.waiting().empty()) return map_.finish();
  const bool lender_lives = store_.ledger.arrival_of(map_.waiting().front()).pending;
  auto error = hw::make_error(lender_lives ? hw::Code::kConflict : hw::Code::kEvidenceIncomplete,
                              std::to_string(map_.waiting().size()) +
                                  (lender_lives ? " blocks are still being sent by another machine"
                                                : " blocks were to come from a machine that is gone; copy again, "
                                                  "only these will be asked for"));
  error.permanent = false;
  return hw::failure(std::move(error));
}

Result<void> EvidenceSession::seal_all(const DiskMap& map) {
  for (const auto number : packs_of(map)) {
    RESUS_TRY(store_.seal_pack(number));
  }
  return hw::success();
}

Result<void> EvidenceSession::reread_and_compare(const DiskMap& map, AcquisitionSummary& summary) {
  RESUS_TRY(const auto read, reread(store_.packs, map, options_.on_reread));
  if (!read.damaged_frames.empty()) {
    store_.forget(read.damaged_frames);
    const auto& first = read.damaged_frames.front();
    return damaged(std::to_string(read.damaged_frames.size()) + " frames cannot be read back, the first is frame " +
                   std::to_string(first.frame) + " of pack " + std::to_string(first.pack) + ": " + first.reason);
  }
  if (read.root != summary.root) return damaged("the stored blocks give another root than the disk did");
  if (summary.held_back) summary.sha256 = read.sha256;
  if (read.sha256 != summary.sha256) return damaged("the stored bytes give another SHA-256 than the disk did");
  if (sum(map.unreadable()) != summary.unreadable_bytes) return damaged("the unreadable ranges do not add up");
  return hw::success();
}

const EvidenceInfo* EvidenceSession::earlier_evidence(const AcquisitionSummary& summary) const {
  const auto& context = options_.context;
  if (context.machine_id.empty() || context.attempt.empty()) return nullptr;
  for (const auto& info : store_.evidence) {
    const auto& record = info.record;
    if (record.context.machine_id == context.machine_id && record.context.attempt == context.attempt &&
        record.root == summary.root && record.sha256 == summary.sha256) {
      return &info;
    }
  }
  return nullptr;
}

Record EvidenceSession::make_record(const DiskMap& map, const std::string& map_bytes,
                                    const AcquisitionSummary& summary) const {
  Record record{.context = options_.context,
                .device_json = summary.device_json.empty() ? "{}" : summary.device_json,
                .disk_bytes = disk_bytes_,
                .root = summary.root,
                .sha256 = summary.sha256,
                .md5 = summary.md5,
                .sha1 = summary.sha1,
                .map_sha256 = sha256(std::as_bytes(std::span(map_bytes))),
                .bytes_read = summary.bytes_read,
                .bytes_added = bytes_added_,
                .bytes_known = bytes_known_,
                .unreadable_bytes = sum(map.unreadable()),
                .unreadable_count = map.unreadable().size(),
                .unreadable = map.unreadable(),
                .started_at = started_at_,
                .copied_at = copied_at_,
                .verified_at = options_.reread || summary.held_back ? hw::to_rfc3339(options_.clock->now()) : std::string(),
                .seconds = summary.seconds};
  record.unreadable.resize(std::min<std::size_t>(record.unreadable.size(), 1024));
  return record;
}

Result<EvidenceReceipt> EvidenceSession::write_evidence(const DiskMap& map, const AcquisitionSummary& summary) {
  const auto map_bytes = map.encode();
  auto record = make_record(map, map_bytes, summary);
  const auto payload = to_json(record);
  const auto id = evidence_id(payload);
  RESUS_TRY(const auto envelope, seal(*options_.key, Purpose::kRecord, payload));
  RESUS_TRY(store_.files.make_directories(store_.paths.evidence() + "/" + id));
  RESUS_TRY(store_.files.replace(store_.paths.map(id), map_bytes));
  RESUS_TRY(store_.files.replace(store_.paths.record(id), envelope));
  RESUS_TRY(store_.files.sync_directory(store_.paths.evidence()));
  store_.remember_pieces(map, first_pack_ == 0 ? kNoPack : first_pack_, id);
  const std::lock_guard lock(store_.mutex);
  store_.evidence.push_back({.id = id, .record = std::move(record)});
  return EvidenceReceipt{.evidence_id = id,
                         .root = summary.root,
                         .sha256 = summary.sha256,
                         .bytes_added = bytes_added_,
                         .bytes_known = bytes_known_};
}

Result<EvidenceReceipt> EvidenceSession::finish(const AcquisitionSummary& said) {
  const std::lock_guard deliver_lock(deliver_mutex_);
  if (copied_at_.empty()) copied_at_ = hw::to_rfc3339(options_.clock->now());
  RESUS_TRY(const auto map, settled_map());
  RESUS_TRY(seal_all(map));
  auto summary = said;
  // Where segments were held back only reading back gives the linear hash.
  if (options_.reread || summary.held_back) {
    RESUS_TRY(reread_and_compare(map, summary));
  }
  {
    const std::lock_guard lock(store_.mutex);
    if (const auto* earlier = earlier_evidence(summary)) {
      return EvidenceReceipt{.evidence_id = earlier->id,
                             .root = earlier->record.root,
                             .sha256 = earlier->record.sha256,
                             .bytes_added = bytes_added_,
                             .bytes_known = bytes_known_};
    }
  }
  return write_evidence(map, summary);
}

}  // namespace resus::imaging
