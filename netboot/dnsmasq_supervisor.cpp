#include "netboot/dnsmasq_supervisor.hpp"

#include <algorithm>
#include <charconv>

#include "hw/log.hpp"
#include "hw/plain_text.hpp"

namespace resus::netboot {
namespace {

constexpr std::chrono::milliseconds kGrace{3000};
constexpr std::size_t kShownBytes = 400;
constexpr std::size_t kPidBytes = 16;

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
  end_leftover();
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
  const auto pid = processes_.start(command(), work_directory_ + "/dnsmasq.log");
  if (pid) {
    pid_ = pid.value();
    if (auto noted = files_.replace(work_directory_ + "/dnsmasq.pid", std::to_string(*pid_)); !noted) {
      hw::log(hw::LogLevel::kWarning, "netboot", "a killed depot will not find its dnsmasq: " + noted.error().to_string());
    }
    return;
  }
  policy_.ended(now);
  trouble_ = pid.error().to_string();
}

std::vector<std::string> DnsmasqSupervisor::command() const {
  return {program_, "--keep-in-foreground", "--conf-file=" + work_directory_ + "/dnsmasq.conf", "--log-facility=-", "--pid-file="};
}

void DnsmasqSupervisor::end_leftover() {
  const auto text = files_.read_all(work_directory_ + "/dnsmasq.pid", kPidBytes);
  if (!text) return;
  int pid = 0;
  const auto [end, error] = std::from_chars(text.value().data(), text.value().data() + text.value().size(), pid);
  if (error != std::errc() || pid <= 1) return;
  if (processes_.end_leftover(pid, command(), kGrace)) {
    hw::log(hw::LogLevel::kInfo, "netboot", "ended the dnsmasq that an earlier run left running");
  }
}

void DnsmasqSupervisor::stop() {
  if (pid_) {
    processes_.stop(*pid_, kGrace);
    (void)files_.remove(work_directory_ + "/dnsmasq.pid");  // a number that stays is compared before it is used
  }
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
