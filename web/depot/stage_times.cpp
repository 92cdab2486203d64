#include "web/depot/stage_times.hpp"

#include <algorithm>
#include <bit>

#include "web/depot/machine_record.hpp"

namespace resus::depot {
namespace {

using imaging::Condition;
using imaging::Phase;

bool works(const MachineRecord& r) {
  return !stage_word(r.phase).empty() && r.condition == Condition::kOk && !r.released;
}

FinishedStage finished(const MachineRecord& r, const StageTime& time, std::int64_t now_ms) {
  return {.machine_id = r.id, .attempt = r.attempt, .phase = time.phase, .worked_ms = time.worked_ms,
          .bytes = bytes_of_stage(r, time.phase), .likeness = likeness_of(r, time.phase), .finished_at_ms = now_ms};
}

}  // namespace

std::int64_t StageTime::total_ms(std::int64_t now_ms) const {
  return worked_ms + (since_ms == 0 ? 0 : std::max<std::int64_t>(0, now_ms - since_ms));
}

std::string_view stage_word(Phase phase) {
  switch (phase) {
    case Phase::kCopying: return "copy";
    case Phase::kVerifyingCopy: return "check";
    case Phase::kImaging: return "install";
    case Phase::kRestoring: return "restore";
    case Phase::kVerifyingInstall: return "test";
    default: return {};
  }
}

const std::vector<Phase>& timed_phases() {
  static const std::vector<Phase> phases = {Phase::kCopying, Phase::kVerifyingCopy, Phase::kImaging,
                                            Phase::kRestoring, Phase::kVerifyingInstall};
  return phases;
}

std::uint64_t bytes_of_stage(const MachineRecord& r, Phase phase) {
  return phase == Phase::kCopying || phase == Phase::kVerifyingCopy ? r.disk.size_bytes : 0;
}

Likeness likeness_of(const MachineRecord& r, Phase phase) {
  Likeness likeness;
  // 3 : 4 is the geometric middle closely enough: 480 and 512 GB are one class, 240 and 480 are two.
  likeness.size_class = static_cast<std::uint32_t>(std::bit_width(r.disk.size_bytes + r.disk.size_bytes / 3));
  likeness.model = r.identity.smbios.manufacturer + " " + r.identity.smbios.product;
  for (const auto& link : r.identity.links) {
    if (link.carrier) likeness.link_mbit = std::max(likeness.link_mbit, static_cast<std::uint32_t>(link.speed_mbit));
  }
  if (phase == Phase::kImaging || phase == Phase::kVerifyingInstall) likeness.content = r.image_id;
  if (phase == Phase::kRestoring) likeness.content = r.backup_id.empty() ? "none" : r.backup_id;
  return likeness;
}

std::vector<FinishedStage> keep_times(const MachineRecord& before, MachineRecord& after, std::int64_t now_ms) {
  std::vector<FinishedStage> ended;
  for (auto& time : after.times) {
    time.worked_ms = time.total_ms(now_ms);
    time.since_ms = 0;
    const bool left = time.phase == before.phase && after.phase > before.phase && after.attempt == before.attempt;
    if (!left || time.finished) continue;
    time.finished = true;
    ended.push_back(finished(after, time, now_ms));
  }
  // Going back, or beginning again: what is to be done once more counts from nothing.
  const bool back = after.phase < before.phase || after.attempt != before.attempt;
  if (back) std::erase_if(after.times, [&](const StageTime& time) { return time.phase >= after.phase; });
  if (!works(after)) return ended;
  auto current = std::ranges::find(after.times, after.phase, &StageTime::phase);
  if (current == after.times.end()) current = after.times.insert(current, StageTime{.phase = after.phase});
  current->since_ms = now_ms;
  return ended;
}

void forget_downtime(MachineRecord& r, std::int64_t now_ms) {
  for (auto& time : r.times) {
    if (time.since_ms == 0) continue;
    time.worked_ms = time.total_ms(std::clamp(r.last_contact_ms, time.since_ms, std::max(time.since_ms, now_ms)));
    time.since_ms = now_ms;
  }
}

}  // namespace resus::depot
