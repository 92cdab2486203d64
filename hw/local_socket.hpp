#pragma once
// Talks to a service of the same computer by its socket in the file system.
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "hw/result.hpp"

namespace resus::hw {

/// One connection, closed with the object. Threads: one.
class LocalSocket {
 public:
  virtual ~LocalSocket() = default;
  /// Sends everything. Errors: kNetwork (closed by the other side, or it took nothing for the time given).
  [[nodiscard]] virtual Result<void> send(std::span<const std::byte> bytes) = 0;
  /// What has come, at most the buffer; 0 when the other side has closed. Errors: kNetwork (nothing came in time).
  [[nodiscard]] virtual Result<std::size_t> receive(std::span<std::byte> buffer) = 0;
};

class LocalSockets {
 public:
  virtual ~LocalSockets() = default;
  /// @param patience  for each single send and receive
  /// Errors: kNetwork with path and reason.
  [[nodiscard]] virtual Result<std::unique_ptr<LocalSocket>> connect(const std::string& path,
                                                                     std::chrono::seconds patience) = 0;
};

}  // namespace resus::hw
