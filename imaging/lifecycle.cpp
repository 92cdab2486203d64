#include "imaging/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace resus::imaging {
namespace {

// Interruption, hold and cancel are conditions beside the phase: a machine that lost power while
// copying is still copying, interrupted, and goes on in the same phase when it enrols again.
constexpr std::array kPhases = {
    PhaseRow{Phase::kDiscovered, "discovered",
             "Seen on the network. It is starting our system. Disk not changed.", false, true},
    PhaseRow{Phase::kAwaitingApproval, "awaiting_approval",
             "Waiting for approval: compare the code on its screen. Disk not changed.", false, true},
    PhaseRow{Phase::kQueued, "queued", "Approved, waiting for its turn. Disk not changed.", false,
             true},
    PhaseRow{Phase::kCopying, "copying", "Copying the disk as evidence. Disk not changed.", false,
             true},
    PhaseRow{Phase::kVerifyingCopy, "verifying_copy", "Checking the copy. Disk not yet changed.",
             false, true},
    PhaseRow{Phase::kImaging, "imaging",
             "Writing the golden image. The copy of the old disk is safe.", true, true},
    PhaseRow{Phase::kRestoring, "restoring",
             "Restoring the user's data. The copy of the old disk is safe.", true, true},
    PhaseRow{Phase::kVerifyingInstall, "verifying_install",
             "Starting the restored system and waiting for it to report in.", true, false},
    PhaseRow{Phase::kReady, "ready", "Ready to collect.", true, false},
    PhaseRow{Phase::kCollected, "collected", "Collected. The evidence stays at the depot.", true,
             false},
};

// kEnrolled leads from every phase back into it: whatever happened before, a booting agent takes up
// the phase the depot remembers. A retry after the disk was changed starts at imaging, because the
// evidence was verified before the first write and a half-written disk is no evidence.
constexpr std::array kTransitions = {
    Transition{Phase::kDiscovered, Event::kEnrolled, Phase::kAwaitingApproval},
    Transition{Phase::kAwaitingApproval, Event::kEnrolled, Phase::kAwaitingApproval},
    Transition{Phase::kAwaitingApproval, Event::kApproved, Phase::kQueued},
    Transition{Phase::kQueued, Event::kEnrolled, Phase::kQueued},
    Transition{Phase::kQueued, Event::kStarted, Phase::kCopying},
    Transition{Phase::kQueued, Event::kRetried, Phase::kQueued},
    Transition{Phase::kCopying, Event::kEnrolled, Phase::kCopying},
    Transition{Phase::kCopying, Event::kCopied, Phase::kVerifyingCopy},
    Transition{Phase::kCopying, Event::kRetried, Phase::kQueued},
    Transition{Phase::kVerifyingCopy, Event::kEnrolled, Phase::kVerifyingCopy},
    Transition{Phase::kVerifyingCopy, Event::kCopyVerified, Phase::kImaging},
    Transition{Phase::kVerifyingCopy, Event::kCopyMismatch, Phase::kCopying},
    Transition{Phase::kVerifyingCopy, Event::kRetried, Phase::kQueued},
    Transition{Phase::kImaging, Event::kEnrolled, Phase::kImaging},
    Transition{Phase::kImaging, Event::kImaged, Phase::kRestoring},
    Transition{Phase::kImaging, Event::kRetried, Phase::kImaging},
    Transition{Phase::kRestoring, Event::kEnrolled, Phase::kRestoring},
    Transition{Phase::kRestoring, Event::kRestored, Phase::kVerifyingInstall},
    Transition{Phase::kRestoring, Event::kRetried, Phase::kImaging},
    Transition{Phase::kVerifyingInstall, Event::kEnrolled, Phase::kVerifyingInstall},
    Transition{Phase::kVerifyingInstall, Event::kPhonedHome, Phase::kReady},
    Transition{Phase::kVerifyingInstall, Event::kRetried, Phase::kImaging},
    Transition{Phase::kReady, Event::kEnrolled, Phase::kReady},
    Transition{Phase::kReady, Event::kPhonedHome, Phase::kReady},
    Transition{Phase::kReady, Event::kCollectedByUser, Phase::kCollected},
    Transition{Phase::kReady, Event::kRetried, Phase::kQueued},
    Transition{Phase::kCollected, Event::kEnrolled, Phase::kCollected},
    Transition{Phase::kCollected, Event::kRetried, Phase::kQueued},
};

constexpr std::array<std::string_view, 6> kConditions = {"ok",     "needs_you",   "held",
                                                         "failed", "interrupted", "cancelled"};
constexpr std::array<std::string_view, 11> kEvents = {
    "enrolled", "approved", "started",     "copied",    "copy_verified", "copy_mismatch",
    "imaged",   "restored", "phoned_home", "collected", "retried"};

}  // namespace

std::span<const PhaseRow> phases() { return kPhases; }
std::span<const Transition> transitions() { return kTransitions; }
const PhaseRow& row(Phase phase) { return kPhases.at(static_cast<std::size_t>(phase)); }
std::string_view to_string(Phase phase) { return row(phase).word; }
std::string_view to_string(Condition condition) {
  return kConditions.at(static_cast<std::size_t>(condition));
}
std::string_view to_string(Event event) { return kEvents.at(static_cast<std::size_t>(event)); }

hw::Result<Phase> phase_from(std::string_view word) {
  const auto found = std::ranges::find(kPhases, word, &PhaseRow::word);
  if (found == kPhases.end()) {
    return hw::fail(hw::Code::kBadInput, "unknown phase \"" + std::string(word) + "\"");
  }
  return found->phase;
}

hw::Result<Condition> condition_from(std::string_view word) {
  const auto found = std::ranges::find(kConditions, word);
  if (found == kConditions.end()) {
    return hw::fail(hw::Code::kBadInput, "unknown condition \"" + std::string(word) + "\"");
  }
  return static_cast<Condition>(found - kConditions.begin());
}

hw::Result<Phase> next_phase(Phase from, Event event) {
  const auto found = std::ranges::find_if(
      kTransitions, [&](const Transition& t) { return t.from == from && t.event == event; });
  if (found == kTransitions.end()) {
    return hw::fail(hw::Code::kConflict, "\"" + std::string(to_string(event)) +
                                             "\" cannot happen while the machine is in phase " +
                                             std::string(to_string(from)));
  }
  return found->to;
}

}  // namespace resus::imaging
