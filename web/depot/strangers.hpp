#pragma once
// Machines that nobody has approved: anybody on the wire can say that there are more of them. Pure.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "hw/result.hpp"

namespace resus::depot {

using hw::Result;

/// How many machines may wait for approval. A full table costs some 16 MB.
struct StrangerLimits {
  std::size_t in_all = 512;
  std::size_t per_address = 16;
};

/// A waiting machine silent for so long is forgotten. It enrols by itself when it boots again.
inline constexpr std::int64_t kForgetMs = 60 * 60'000;

/// One that waits.
struct Stranger {
  std::string id;
  std::string address;  ///< it was heard from last; empty after a restart of the depot
  std::int64_t last_contact_ms = 0;
};

/// Makes room for one more, from `address`. Returns who is to be forgotten for it, empty when nobody need be: the one
/// silent longest, and only if its contact is lost, so that a crowd of newcomers pushes no living machine aside.
/// Errors: kNotApproved when every place is taken.
[[nodiscard]] Result<std::string> room_for(const std::string& address, std::span<const Stranger> waiting,
                                           const StrangerLimits& limits, std::int64_t now_ms);

/// Rations the lines that strangers cause in custody log and history: a large fleet's first contacts at once, then one a
/// minute. What is not written is counted and summed up in one line. Threads: one.
class StrangerLines {
 public:
  static constexpr std::uint32_t kAtOnce = 512;
  static constexpr std::int64_t kRefillMs = 60'000;
  static constexpr std::int64_t kSummaryMs = 10 * 60'000;

  /// May the line be written? If not it counts as unwritten.
  [[nodiscard]] bool take(std::int64_t now_ms);
  struct Unwritten {
    std::uint64_t lines = 0;
    std::int64_t since_ms = 0;
  };
  /// What is to be summed up now: at most once in kSummaryMs.
  [[nodiscard]] std::optional<Unwritten> due(std::int64_t now_ms) const;
  /// The sum is written.
  void summed_up() { unwritten_ = {}; }

 private:
  void refill(std::int64_t now_ms);
  std::uint32_t left_ = kAtOnce;
  std::int64_t refilled_ms_ = 0;
  Unwritten unwritten_;
};

}  // namespace resus::depot
