#pragma once
// Idempotency-Key: a request that arrives twice is done once.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "web/depot/catalogue.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any. `catalogue` outlives it.
class Once {
 public:
  using Work = std::function<Result<transport::Response>()>;
  static constexpr std::size_t kLongestKey = 200;

  explicit Once(Catalogue& catalogue) : catalogue_(catalogue) {}
  /// Does `work` and remembers its answer if that is a success, or gives the answer remembered. A repetition that comes
  /// while the first is at work waits for it. Without a key `work` is simply done.
  /// Errors: kConflict when the key was used for another request or by another person, kBadInput when it is too long;
  /// `work`'s, which are not remembered: the request may be tried again.
  [[nodiscard]] Result<transport::Response> answer(const transport::Request& request, std::string_view person, const Work& work);

 private:
  class Turn;
  [[nodiscard]] Result<transport::Response> work_and_remember(const std::string& key, const std::string& fingerprint, const Work& work);

  Catalogue& catalogue_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::set<std::string> at_work_;  ///< keys; guarded by mutex_
};

}  // namespace resus::depot
