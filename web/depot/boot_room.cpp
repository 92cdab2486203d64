#include "web/depot/boot_room.hpp"

#include "web/transport/problem.hpp"

namespace resus::depot {

Result<void> BootRoom::load(const std::string& agent_json, const std::string& ticket_key, Machines& machines) {
  if (config_.boot_image.empty() || config_.ipxe.empty()) return hw::success();
  RESUS_TRY(auto files, netboot::BootFiles::load(platform_.files, config_.boot_image, config_.ipxe, {.agent_json = agent_json}));
  port_ = std::make_unique<BootPort>(std::move(files), kernel_parameters(config_), ticket_key, machines, platform_.clock);
  return hw::success();
}

Result<void> BootRoom::start_dhcp(std::uint16_t http_port) {
  if (config_.dhcp == DhcpChoice::kOff || config_.interface.empty() || !port_) return hw::success();
  auto first = config_.range_first;
  auto last = config_.range_last;
  if (first.empty()) {
    const auto network = config_.address.substr(0, config_.address.rfind('.'));
    first = network + ".100";
    last = network + ".199";
  }
  const bool full = config_.dhcp == DhcpChoice::kFull;
  const auto folder = config_.data + "/netboot";
  RESUS_TRY(tftp_, netboot::TftpFolder::of(config_.ipxe));
  const netboot::DnsmasqSettings settings{.mode = full ? netboot::DhcpMode::kFull : netboot::DhcpMode::kProxy,
                                          .interface = config_.interface, .address = config_.address,
                                          .prefix_bits = config_.prefix_bits, .range_first = full ? first : "",
                                          .range_last = full ? last : "", .http_port = http_port,
                                          .tftp_root = tftp_->path(), .lease_file = folder + "/leases"};
  RESUS_TRY(const auto text, netboot::dnsmasq_config(settings));
  auto supervisor = std::make_unique<netboot::DnsmasqSupervisor>(platform_.processes, platform_.files, config_.dnsmasq, folder);
  RESUS_TRY(supervisor->configure(text));
  const std::lock_guard lock(mutex_);
  dnsmasq_ = std::move(supervisor);
  return hw::success();
}

transport::Response BootRoom::answer(const transport::Request& request) {
  if (!port_) return transport::problem(hw::Code::kNotFound, "this depot serves no boot files");
  return port_->answer(request);
}

std::int64_t BootRoom::issued_ms(const std::string& ticket, const hw::MachineIdentity& identity) const {
  return port_ ? port_->issued_ms(ticket, identity) : 0;
}

void BootRoom::tick() {
  const std::lock_guard lock(mutex_);
  if (dnsmasq_) dnsmasq_->tick(platform_.clock.steady());
}

void BootRoom::stop() {
  const std::lock_guard lock(mutex_);
  if (dnsmasq_) dnsmasq_->stop();
}

boost::json::object BootRoom::state() const {
  const std::lock_guard lock(mutex_);
  if (!dnsmasq_) return {{"state", "off"}, {"detail", port_ ? "boot files only, no DHCP" : "no boot image"}};
  const auto health = dnsmasq_->health();
  return {{"state", netboot::to_string(health.state)}, {"detail", health.detail}};
}

}  // namespace resus::depot
