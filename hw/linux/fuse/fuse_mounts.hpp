#pragma once
// Mounts by libfuse 3.
#include "hw/mounts.hpp"

namespace resus::hw {

class FuseMounts final : public Mounts {
 public:
  [[nodiscard]] std::uint64_t memory_bytes() const override;
  [[nodiscard]] Result<void> serve(const std::vector<ServedEntry>& entries, const MountOptions& options,
                                   const MountEvents& events, const std::stop_token& stop) override;
};

}  // namespace resus::hw
