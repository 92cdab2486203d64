#pragma once
// The depot as a whole: opens what it keeps, wires the services, serves the three ports.
#include <memory>
#include <optional>
#include <string>

#include "hw/process.hpp"
#include "web/depot/config.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/vault.hpp"

namespace resus::depot {

struct Ports {
  std::uint16_t http = 0, https = 0, agent = 0;
};

/// Threads: start() and stop() one; everything inside has threads of its own.
class Depot {
 public:
  /// `platform` outlives the depot. Errors: kUsage, kConflict when another process holds the data, kNetwork.
  [[nodiscard]] static Result<std::unique_ptr<Depot>> start(const Config& config, Platform platform);
  ~Depot();
  [[nodiscard]] Ports ports() const;
  [[nodiscard]] const std::string& spki_sha256() const;
  [[nodiscard]] const std::string& address() const;
  /// Set when this start made the first operator.
  [[nodiscard]] const std::optional<std::string>& new_admin_password() const;
  [[nodiscard]] const std::string& admin_token() const;
  [[nodiscard]] Machines& machines();
  [[nodiscard]] imaging::Store& store();
  [[nodiscard]] const imaging::SigningKey& key() const;
  void stop();

 private:
  struct Parts;
  explicit Depot(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace resus::depot
