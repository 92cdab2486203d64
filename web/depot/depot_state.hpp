#pragma once
// The `depot` object of snapshot and heartbeat: room, speed, when it is full, when the batch is done.
#include <atomic>
#include <boost/json.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "hw/clock.hpp"
#include "imaging/store.hpp"
#include "web/depot/fill_rate.hpp"
#include "web/depot/forecast.hpp"

namespace resus::depot {

/// Threads: any. `store` and `clock` outlive the object.
class DepotState {
 public:
  DepotState(const imaging::Store& store, const hw::Clock& clock, std::string address)
      : store_(store), clock_(clock), address_(std::move(address)) {}
  void received(std::size_t bytes) { received_bytes_ += bytes; }
  /// Once a second.
  void beat(const Outlook& outlook);
  /// @param netboot  state and detail of the boot room
  [[nodiscard]] boost::json::object object(boost::json::object netboot) const;

 private:
  const imaging::Store& store_;
  const hw::Clock& clock_;
  const std::string address_;
  std::atomic<std::uint64_t> received_bytes_ = 0;
  std::atomic<std::uint64_t> received_per_s_ = 0;
  mutable std::mutex mutex_;
  FillRate fill_rate_;                    ///< guarded by mutex_
  std::optional<Seconds> done_;           ///< guarded by mutex_; from done_at_ms_ on
  std::int64_t done_at_ms_ = 0;
};

}  // namespace resus::depot
