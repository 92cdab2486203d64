#pragma once
#include "hw/local_socket.hpp"

namespace resus::hw {

/// AF_UNIX stream sockets. Source: unix(7), socket(7) SO_RCVTIMEO.
class LinuxLocalSockets : public LocalSockets {
 public:
  [[nodiscard]] Result<std::unique_ptr<LocalSocket>> connect(const std::string& path, std::chrono::seconds patience) override;
};

}  // namespace resus::hw
