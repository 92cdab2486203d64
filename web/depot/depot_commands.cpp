#include "web/depot/depot_commands.hpp"

#include <condition_variable>
#include <mutex>
#include <ostream>

#include "web/depot/depot.hpp"
#include "web/depot/operators.hpp"
#include "web/depot/scanners.hpp"
#include "web/depot/stamping.hpp"

namespace resus::depot {
namespace {

constexpr std::size_t kMaxConfigBytes = 256 * 1024;
constexpr std::size_t kMaxPasswordBytes = 1024;

int report(const hw::Error& error, std::ostream& err) {
  err << error.to_string() << "\n" << hw::info(error.code).next_action << "\n";
  return error.code == hw::Code::kUsage || error.code == hw::Code::kScanRules ? 2 : 1;
}

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait(lock, stop, [] { return false; });
}

void greet(const Depot& depot, std::ostream& out) {
  const auto ports = depot.ports();
  out << "dashboard  https://" << depot.address() << ":" << ports.https << "/\n"
      << "agents     " << depot.address() << ":" << ports.agent << "\n"
      << "boot files http://" << depot.address() << ":" << ports.http << "/\n"
      << "key        " << depot.spki_sha256() << "\n";
  if (const auto& password = depot.new_admin_password()) out << "sign in    admin / " << *password << "\n";
  out.flush();
}

Result<std::string> password_of(const DepotArguments& arguments, hw::FileSystem& files) {
  if (arguments.admin_password_file.empty()) return std::string();
  RESUS_TRY(auto text, files.read_all(arguments.admin_password_file, kMaxPasswordBytes));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() < Operators::kLeastPassword) {
    return hw::fail(hw::Code::kUsage, "the admin password must have at least " + std::to_string(Operators::kLeastPassword) + " characters");
  }
  return text;
}

/// Everything serve() makes by itself too; apart, so that the password can be chosen before the first start.
Result<Vault> prepare(const DepotArguments& arguments, const Platform& platform) {
  RESUS_TRY(const auto config, config_from(arguments, platform.files));
  RESUS_TRY(const auto password, password_of(arguments, platform.files));
  return Vault::open(platform, config.data, {"127.0.0.1", "localhost"}, password);
}

/// The rules are there and compile; ClamAV answers.
Result<void> check_scan(const Config& config, const Platform& platform) {
  RESUS_TRY(open_scanners(platform.files, platform.sandbox, platform.sockets, {.rules = config.scan_rules, .clamd = config.scan_clamd}));
  return hw::success();
}

}  // namespace

Result<Config> config_from(const DepotArguments& a, hw::FileSystem& files) {
  Config config;
  if (!a.config_file.empty()) {
    RESUS_TRY(const auto text, files.read_all(a.config_file, kMaxConfigBytes));
    RESUS_TRY(apply_toml(config, text, a.config_file));
  }
  const auto set = [](std::string& target, const std::string& value) {
    if (!value.empty()) target = value;
  };
  set(config.data, a.data);
  set(config.interface, a.interface);
  set(config.address, a.address);
  set(config.boot_image, a.boot_image);
  set(config.ipxe, a.ipxe);
  set(config.kernel_extra, a.kernel_extra);
  set(config.plan.image, a.plan_image);
  set(config.plan.backup, a.plan_backup);
  config.http_port = a.http_port.value_or(config.http_port);
  config.https_port = a.https_port.value_or(config.https_port);
  config.agent_port = a.agent_port.value_or(config.agent_port);
  if (a.proxy_dhcp) config.dhcp = DhcpChoice::kProxy;
  if (a.no_dhcp) config.dhcp = DhcpChoice::kOff;
  config.plan.auto_approve = config.plan.auto_approve || a.auto_approve;
  RESUS_TRY(check_config(config));
  return config;
}

int depot_serve(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err,
                const std::stop_token& stop) {
  const auto config = config_from(arguments, platform.files);
  if (!config) return report(config.error(), err);
  if (!arguments.admin_password_file.empty()) {
    const auto prepared = prepare(arguments, platform);
    if (!prepared) return report(prepared.error(), err);
  }
  auto depot = Depot::start(config.value(), platform);
  if (!depot) return report(depot.error(), err);
  greet(*depot.value(), out);
  wait_for(stop);
  depot.value()->stop();
  return 0;
}

int depot_init(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err) {
  const auto vault = prepare(arguments, platform);
  if (!vault) return report(vault.error(), err);
  out << "key        " << vault.value().certificates.spki_sha256 << "\n"
      << "signs with " << to_base64(vault.value().key->public_key()) << "\n";
  if (const auto& password = vault.value().new_admin_password) out << "sign in    admin / " << *password << "\n";
  return 0;
}

int depot_check_config(const DepotArguments& arguments, Platform platform, std::ostream& out, std::ostream& err) {
  const auto config = config_from(arguments, platform.files);
  if (!config) return report(config.error(), err);
  if (const auto authority = authority_of(config.value(), platform.files); !authority) return report(authority.error(), err);
  if (const auto rules = check_scan(config.value(), platform); !rules) return report(rules.error(), err);
  out << "the configuration is good\n";
  return 0;
}

}  // namespace resus::depot
