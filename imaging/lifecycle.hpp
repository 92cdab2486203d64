#pragma once
// The life cycle of a machine as one table, used by agent and depot alike. DESIGN: "The way of a machine".
#include <cstdint>
#include <span>
#include <string_view>

#include "hw/result.hpp"

namespace resus::imaging {

enum class Phase : std::uint8_t {
  kDiscovered, kAwaitingApproval, kQueued, kCopying, kVerifyingCopy, kImaging, kRestoring,
  kVerifyingInstall, kReady, kCollected,
};
enum class Condition : std::uint8_t { kOk, kNeedsYou, kHeld, kFailed, kInterrupted, kCancelled };
enum class Contact : std::uint8_t { kLive, kQuiet, kLost };

enum class Event : std::uint8_t {
  kEnrolled,          ///< the agent said who it is
  kApproved,          ///< an operator compared the code and approved
  kStarted,           ///< the depot gave it its turn
  kCopied,            ///< the agent delivered everything
  kCopyVerified,      ///< re-read, signed, permit issued
  kCopyMismatch,      ///< copy again; the disk is not changed
  kImaged,            ///< written and read back
  kRestored,          ///< data back and verified, personalised
  kPhonedHome,        ///< the restored system reported in
  kCollectedByUser,
  kRetried,           ///< an operator starts a new attempt
};

/// What a booting agent has to do in a phase, whatever happened before.
struct PhaseRow {
  Phase phase;
  std::string_view word;     ///< "verifying_copy": API and catalogue
  std::string_view sentence; ///< "Checking the copy. Disk not yet changed."
  bool disk_changed;         ///< from here on the disk may have been written
  bool boots_network;        ///< false only when the local disk is released
};
struct Transition {
  Phase from;
  Event event;
  Phase to;
};

[[nodiscard]] std::span<const PhaseRow> phases();
[[nodiscard]] std::span<const Transition> transitions();
[[nodiscard]] const PhaseRow& row(Phase phase);
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] std::string_view to_string(Condition condition);
[[nodiscard]] std::string_view to_string(Event event);
[[nodiscard]] hw::Result<Phase> phase_from(std::string_view word);
[[nodiscard]] hw::Result<Condition> condition_from(std::string_view word);
/// Errors: kConflict when the table has no such row.
[[nodiscard]] hw::Result<Phase> next_phase(Phase from, Event event);

}  // namespace resus::imaging
