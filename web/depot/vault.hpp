#pragma once
// What lies under the data directory: keys, certificates, catalogue, custody log, store. Made at first start.
#include <memory>
#include <optional>
#include <string>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "hw/local_socket.hpp"
#include "hw/partition_probe.hpp"
#include "hw/process.hpp"
#include "hw/sandbox.hpp"
#include "imaging/custody.hpp"
#include "imaging/store.hpp"
#include "web/depot/catalogue.hpp"
#include "web/depot/config.hpp"
#include "web/transport/certificates.hpp"

namespace resus::depot {

/// The world as main.cpp chose it.
struct Platform {
  hw::FileSystem& files;
  const hw::Clock& clock;
  hw::Processes& processes;
  hw::Sandbox& sandbox;
  hw::LocalSockets& sockets;
  /// IPv4 addresses of an interface; of all but loopback when empty.
  std::function<std::vector<std::string>(const std::string& interface)> addresses;
  hw::DiskAccess& disks;          ///< sources of golden images
  hw::PartitionProbe& partitions;
};

struct Vault {
  std::unique_ptr<imaging::SigningKey> key;  ///< permits, records, images, manifests, custody
  std::vector<imaging::PublicKey> trusted;   ///< it and those before it
  std::vector<std::string> handovers;        ///< from each of those to the next
  transport::DepotCertificates certificates;
  std::unique_ptr<Catalogue> catalogue;
  std::unique_ptr<imaging::CustodyLog> custody;
  std::unique_ptr<imaging::Store> store;
  std::string admin_token;                         ///< fresh at every start
  std::string boot_ticket_key;                     ///< made once: tickets outlive a power cut of the depot
  std::optional<std::string> new_admin_password;   ///< only when the first operator was made now

  /// Layout: store/ (with keys/signing.pem and custody.log, as a workbench has them), keys/, catalogue.db,
  /// backups/, netboot/, run/.
  /// @param admin_password  for the first operator; empty: one is made up
  /// Errors: kConflict when another process holds the store, kRead, kWrite, kBadInput.
  [[nodiscard]] static Result<Vault> open(const Platform& platform, const std::string& data,
                                          const std::vector<std::string>& names, const std::string& admin_password = {});
};

}  // namespace resus::depot
