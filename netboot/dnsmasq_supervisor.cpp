#include "netboot/dnsmasq_supervisor.hpp"

#include <algorithm>

#include "hw/log.hpp"
#include "hw/plain_text.hpp"

namespace resus::netboot {
namespace {

constexpr std::chrono::milliseconds kGrace{3000};
constexpr std::size_t kShownBytes = 400;

}  // namespace

DnsmasqSupervisor::DnsmasqSupervisor(hw::Processes& processes, hw::FileSystem& files, std::string program,
                                     std::string work_directory)
    : processes_(processes),
      files_(files),
      program_(std::move(program)),
      work_directory_(std::move(work_directory)) {}

DnsmasqSupervisor::~DnsmasqSupervisor() { stop(); }

hw::Result<void> DnsmasqSupervisor::configure(const std::string& config_text) {
  RESUS_TRY(files_.replace(work_directory_ + "/dnsmasq.conf", config_text));
  stop();
  policy_ = {};
  configured_ = true;
  return hw::success();
}

void DnsmasqSupervisor::tick(RestartPolicy::Time now) {
  if (!configured_) return;
  if (pid_ && !processes_.alive(*pid_)) {
    pid_.reset();
    policy_.ended(now);
    trouble_ = last_log_lines();
    hw::log(hw::LogLevel::kWarning, "netboot", "dnsmasq ended: " + trouble_);
  }
  if (policy_.should_start(now)) start(now);
}

void DnsmasqSupervisor::start(RestartPolicy::Time now) {
  policy_.started(now);
  const auto pid = processes_.start({program_, "--keep-in-foreground", "--conf-file=" + work_directory_ + "/dnsmasq.conf",
                                     "--log-facility=-", "--pid-file="},
                                    work_directory_ + "/dnsmasq.log");
  if (pid) {
    pid_ = pid.value();
    return;
  }
  policy_.ended(now);
  trouble_ = pid.error().to_string();
}

void DnsmasqSupervisor::stop() {
  if (pid_) processes_.stop(*pid_, kGrace);
  pid_.reset();
  configured_ = false;
}

NetbootHealth DnsmasqSupervisor::health() const {
  if (!configured_) return {};
  const NetbootState state = policy_.state();
  if (state == NetbootState::kRunning || state == NetbootState::kOff) return {.state = state, .detail = ""};
  return {.state = state, .detail = "DHCP and TFTP (dnsmasq) do not run: " + trouble_};
}

std::string DnsmasqSupervisor::last_log_lines() const {
  const auto log = files_.open_read(work_directory_ + "/dnsmasq.log");
  if (!log) return "it left no log";
  const auto size = log.value()->size_bytes();
  std::string text(size ? std::min<std::uint64_t>(size.value(), kShownBytes) : 0, '\0');
  if (!size || !log.value()->read(size.value() - text.size(), std::as_writable_bytes(std::span(text)))) return "its log cannot be read";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  // One line for the dashboard: the last words of a dying dnsmasq are its reason. It quotes what DHCP clients call
  // themselves, so nothing in it may drive a terminal.
  return hw::plain_text(std::string_view(text).substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1));
}

}  // namespace resus::netboot
