#pragma once
// How long a machine has worked in each stage of its attempt, and what the next machine can learn from it. Pure.
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/lifecycle.hpp"

namespace resus::depot {

struct MachineRecord;

/// Work in one stage. Units: milliseconds; time held, interrupted or waiting for a person does not count.
struct StageTime {
  imaging::Phase phase = imaging::Phase::kCopying;
  std::int64_t worked_ms = 0;  ///< up to `since_ms`
  std::int64_t since_ms = 0;   ///< UTC; it works since then. 0: it does not work now
  bool finished = false;

  [[nodiscard]] std::int64_t total_ms(std::int64_t now_ms) const;
};

/// What makes two machines' times comparable.
struct Likeness {
  std::uint32_t size_class = 0;  ///< of the disk: the nearest power of two, as its exponent
  std::string model;             ///< SMBIOS manufacturer and product
  std::uint32_t link_mbit = 0;   ///< fastest link with a carrier; 0: not known
  std::string content;           ///< golden image or backup where the stage depends on it
  bool operator==(const Likeness&) const = default;
};

/// A stage that a machine has finished: one row of the history.
struct FinishedStage {
  std::string machine_id;
  std::uint32_t attempt = 0;
  imaging::Phase phase = imaging::Phase::kCopying;
  std::int64_t worked_ms = 0;
  std::uint64_t bytes = 0;  ///< the disk's size where the stage reads all of it, otherwise 0
  Likeness likeness;
  std::int64_t finished_at_ms = 0;
  bool operator==(const FinishedStage&) const = default;
};

/// "copy", "check", "install", "restore", "test" for the five phases that are work; empty for the others.
[[nodiscard]] std::string_view stage_word(imaging::Phase phase);
/// The five phases in their order.
[[nodiscard]] const std::vector<imaging::Phase>& timed_phases();
/// Bytes by which the times of two disks are compared: the disk's size while all of it is read, otherwise 0.
[[nodiscard]] std::uint64_t bytes_of_stage(const MachineRecord& record, imaging::Phase phase);
[[nodiscard]] Likeness likeness_of(const MachineRecord& record, imaging::Phase phase);

/// Brings `after.times` up to date when a machine changed from `before` to `after`.
/// Returns the stages that ended with this change.
[[nodiscard]] std::vector<FinishedStage> keep_times(const MachineRecord& before, MachineRecord& after,
                                                    std::int64_t now_ms);
/// After a start of the depot: what passed since the last contact was no work anybody saw.
void forget_downtime(MachineRecord& record, std::int64_t now_ms);

}  // namespace resus::depot
