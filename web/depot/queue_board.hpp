#pragma once
// What the pages were last told of the machines that wait. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "web/depot/forecast.hpp"

namespace resus::depot {

/// Decides who is told anew: a thousand machines that move up by one place are no reason to flood every page, and a
/// start that moves by seconds is none either. Threads: not thread-safe.
class QueueBoard {
 public:
  static constexpr std::size_t kMostATime = 16;
  static constexpr std::int64_t kStepMs = 60'000;

  /// @param places  of every waiting machine, counted from 1
  /// Returns ids, nearest first; the others come with a later call.
  [[nodiscard]] std::vector<std::string> update(const std::map<std::string, std::uint32_t>& places, const Outlook& outlook,
                                                std::int64_t now_ms);

 private:
  struct Entry {
    std::uint32_t place = 0;
    std::optional<std::int64_t> lo_ms, hi_ms;  ///< UTC; when it starts
  };
  [[nodiscard]] static bool differs(const Entry& told, const Entry& now);
  std::map<std::string, Entry> told_;
};

}  // namespace resus::depot
