#pragma once
// Who this boot is: a key, a certificate and an id, kept in memory only, but longer than one run of the agent.
#include <string>

#include "hw/file_system.hpp"
#include "web/transport/certificates.hpp"

namespace resus::agent {

struct BootIdentity {
  std::string boot_id;
  transport::KeyAndCertificate key;
};

/// Reads what an earlier run of this boot left in `directory`, or makes it. An agent that was started again by init
/// keeps its key, and so its approval. `directory` must be a file system in memory: the key ends with the boot.
[[nodiscard]] hw::Result<BootIdentity> boot_identity(hw::FileSystem& files, const std::string& directory);

}  // namespace resus::agent
