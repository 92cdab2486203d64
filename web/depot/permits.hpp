#pragma once
// Signs the leave to write, after the evidence is verified and never before.
#include <map>
#include <mutex>
#include <string>

#include "imaging/custody.hpp"
#include "imaging/permit.hpp"
#include "imaging/store.hpp"
#include "web/depot/machine_record.hpp"

namespace resus::depot {

/// Threads: any. Everything outlives the object.
class Permits {
 public:
  /// Long enough for the slowest disk, short enough that a stolen one is soon worth nothing.
  static constexpr std::chrono::hours kLifetime{24};

  Permits(imaging::Store& store, imaging::CustodyLog& custody, const imaging::SigningKey& key, const hw::Clock& clock)
      : store_(store), custody_(custody), key_(key), clock_(clock) {}
  /// One permit for each boot of an attempt; asked again, the same envelope.
  /// Errors: those of may_write(), kNotFound when evidence or image are gone, kSpace.
  [[nodiscard]] Result<std::string> permit_for(const MachineRecord& machine);

 private:
  imaging::Store& store_;
  imaging::CustodyLog& custody_;
  const imaging::SigningKey& key_;
  const hw::Clock& clock_;
  std::mutex mutex_;
  struct Signed {
    std::string about;     ///< attempt, boot, disk, evidence, image
    std::string envelope;
    std::int64_t renew_at_ms = 0;
  };
  std::map<std::string, Signed> by_machine_;
};

}  // namespace resus::depot
