#pragma once
// `resus depot serve|init|check-config`, for the command line to wire.
#include <functional>
#include <iosfwd>
#include <optional>
#include <stop_token>
#include <string>

#include "web/depot/vault.hpp"

namespace resus::depot {

/// What was given on the command line; empty fields leave the configuration as it is.
struct DepotArguments {
  std::string config_file;
  std::string data, interface, address, boot_image, ipxe, kernel_extra, plan_image, plan_backup;
  std::optional<std::uint16_t> http_port, https_port, agent_port;
  bool proxy_dhcp = false;
  bool no_dhcp = false;
  bool auto_approve = false;
  std::string admin_password_file;
};

/// Defaults, then the file, then the arguments. Errors: kUsage, kNotFound.
[[nodiscard]] Result<Config> config_from(const DepotArguments& arguments, hw::FileSystem& files);

/// Serves until `stop` is requested. Returns the exit status (0, 1, 2).
[[nodiscard]] int depot_serve(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err,
                              const std::stop_token& stop);
/// Makes keys, CA, catalogue and the first operator.
[[nodiscard]] int depot_init(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err);
[[nodiscard]] int depot_check_config(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err);

}  // namespace resus::depot
