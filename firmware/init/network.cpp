#include "firmware/init/network.hpp"

#include "hw/log.hpp"

namespace resus::firmware {
namespace {

constexpr std::chrono::seconds kBootCardFirst{15};  // spanning tree on a switch port takes up to 30 s on all alike
constexpr std::chrono::seconds kLookAgain{3};
constexpr char kLeases[] = "/run/dhcp";
constexpr char kBusybox[] = "/usr/bin/busybox";
constexpr char kScript[] = "/usr/share/resus/udhcpc-script";
constexpr std::size_t kLargestLease = 4096;

}  // namespace

Network::Network(hw::Processes& processes, hw::FileSystem& files, hw::MachineInspector& inspector, std::string boot_mac)
    : processes_(processes), files_(files), inspector_(inspector), boot_mac_(std::move(boot_mac)) {}

hw::Result<void> Network::tick(Time now) {
  if (!first_asked_) {
    RESUS_TRY(files_.make_directories(kLeases));
  }
  if (!looked_at_ || now - *looked_at_ >= kLookAgain) {
    looked_at_ = now;
    RESUS_TRY(const auto machine, inspector_.inspect());
    links_ = machine.links;
    for (const auto& link : links_) ask_on(link);
    if (!first_asked_ && !links_.empty()) first_asked_ = now;
  }
  const bool waited = first_asked_ && now - *first_asked_ > kBootCardFirst;
  // A lease that ran out is kept until another comes: an address that may be shared beats none.
  const auto chosen = choose(waited);
  if (!chosen || chosen == used_) return hw::success();
  RESUS_TRY(apply(*chosen));
  used_ = chosen;
  return hw::success();
}

std::optional<Lease> Network::choose(bool waited) const {
  if (!used_) return choose_lease(leases(), links_, boot_mac_, waited);
  return choose_lease(leases(), {hw::NetworkLink{.name = used_->link, .mac = "used"}}, "used", false);
}

void Network::ask_on(const hw::NetworkLink& link) {
  const auto client = clients_.find(link.name);
  if (client != clients_.end() && processes_.alive(client->second)) return;
  if (const auto up = ip({"link", "set", link.name, "up"}); !up) {
    hw::log(hw::LogLevel::kWarning, "init", up.error().to_string());
    return;
  }
  const auto started = processes_.start({kBusybox, "udhcpc", "-f", "-i", link.name, "-t", "5", "-T", "2", "-A", "3",
                                         "-s", kScript},
                                        std::string(kLeases) + "/." + link.name + ".log");
  if (started) clients_[link.name] = started.value();
}

std::vector<Lease> Network::leases() const {
  std::vector<Lease> found;
  const auto names = files_.list(kLeases);
  if (!names) return found;
  for (const auto& name : names.value()) {
    if (name.starts_with('.')) continue;
    const auto text = files_.read_all(std::string(kLeases) + "/" + name, kLargestLease);
    if (!text) continue;
    auto lease = parse_lease(name, text.value());
    if (lease) found.push_back(std::move(lease.value()));
  }
  return found;
}

hw::Result<void> Network::apply(const Lease& lease) {
  RESUS_TRY(ip({"address", "flush", "dev", lease.link}));
  RESUS_TRY(ip({"address", "add", lease.ip + "/" + std::to_string(lease.prefix_bits), "dev", lease.link}));
  if (lease.router.empty()) return hw::success();
  return ip({"route", "replace", "default", "via", lease.router, "dev", lease.link});
}

hw::Result<void> Network::ip(std::vector<std::string> arguments) {
  std::vector<std::string> argv{kBusybox, "ip"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  RESUS_TRY(const auto done, processes_.run({.argv = argv, .timeout = std::chrono::seconds(10)}));
  if (done.exit_status == 0) return hw::success();
  return hw::fail(hw::Code::kProcess, "ip " + arguments.front() + ": " + done.err);
}

std::string Network::summary() const {
  if (used_) return used_->ip + " on " + used_->link;
  std::string text;
  for (const auto& link : links_) text += (text.empty() ? "" : ", ") + link.name + (link.carrier ? "" : " (no cable)");
  return text.empty() ? "no network card found" : "asking for an address on " + text;
}

std::set<int> Network::process_ids() const {
  std::set<int> ids;
  for (const auto& [link, pid] : clients_) ids.insert(pid);
  return ids;
}

}  // namespace resus::firmware
