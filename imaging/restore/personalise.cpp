#include "imaging/restore/personalise.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

using hw::Code;

constexpr std::size_t kMaxTextBytes = 1 << 20;
constexpr const char* kUnitPath = "etc/systemd/system/resus-phone-home.service";
constexpr const char* kWantsPath = "etc/systemd/system/multi-user.target.wants/resus-phone-home.service";
constexpr const char* kProgramPath = "usr/local/lib/resus/phone-home";
constexpr const char* kConfigPath = "etc/resus/phone-home.json";

/// Runs until the depot has heard us once. No start limit: a switch port may need minutes, a depot a night.
constexpr std::string_view kUnit = R"([Unit]
Description=Report to the Resus depot that this machine is back
Wants=network-online.target
After=network-online.target systemd-networkd.service
ConditionPathExists=/etc/resus/phone-home.json
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/local/lib/resus/phone-home --config /etc/resus/phone-home.json
ExecStartPost=/bin/systemctl --no-reload disable resus-phone-home.service
Restart=on-failure
RestartSec=10

[Install]
WantedBy=multi-user.target
)";

bool usable_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// Linux takes 64 bytes at most (HOST_NAME_MAX).
bool usable_hostname(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    if (!usable_label(name.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

Result<bool> present(hw::FileTree& root, const std::string& path) {
  RESUS_TRY(const auto node, root.look(path));
  return node.has_value();
}

/// etc/os-release is mostly a symbolic link to the other one, which we would not follow.
Result<void> check_is_systemd_linux(hw::FileTree& root) {
  RESUS_TRY(const bool system, present(root, "usr/lib/os-release"));
  RESUS_TRY(const bool older, present(root, "etc/os-release"));
  if (!system && !older) return hw::fail(Code::kNotFound, "personalise: no os-release: this is no Linux system");
  for (const char* path : {"usr/lib/systemd/systemd", "lib/systemd/systemd"}) {
    // Where lib is a link to usr/lib, the second path is refused; the first has answered then.
    const auto there = present(root, path);
    if (there && there.value()) return hw::success();
  }
  return hw::fail(Code::kNotFound, "personalise: no systemd on this Linux system");
}

bool is_own_line(std::string_view line) {
  return line.starts_with("127.0.1.1") && (line.size() == 9 || line[9] == ' ' || line[9] == '\t');
}

/// Debian's way: the host's own name stands at 127.0.1.1. The first such line is replaced, further ones go.
std::string with_own_line(std::string_view hosts, const std::string& hostname) {
  const std::string dot = hostname.substr(0, hostname.find('.'));
  const std::string own = "127.0.1.1\t" + hostname + (dot == hostname ? "" : " " + dot) + "\n";
  std::string text;
  bool placed = false;
  while (!hosts.empty()) {
    const auto line = hosts.substr(0, hosts.find('\n'));
    hosts.remove_prefix(std::min(hosts.size(), line.size() + 1));
    if (!is_own_line(line)) {
      text += std::string(line) + "\n";
    } else if (!std::exchange(placed, true)) {
      text += own;
    }
  }
  return placed ? text : text + own;
}

Result<void> replace_if_other(hw::FileTree& root, const std::string& path, std::string_view content,
                              std::uint32_t mode) {
  RESUS_TRY(const auto node, root.look(path));
  const bool may_be_same = node && node->type == hw::NodeType::kFile && node->size_bytes == content.size();
  if (may_be_same && node->mode == mode) {
    RESUS_TRY(const auto old, root.read_all(path, content.size()));
    if (old == content) return hw::success();
  }
  return root.replace(path, content, mode);
}

Result<void> name_the_host(hw::FileTree& root, const std::string& hostname) {
  RESUS_TRY(replace_if_other(root, "etc/hostname", hostname + "\n", 0644));
  std::string hosts = "127.0.0.1\tlocalhost\n";
  auto old = root.read_all("etc/hosts", kMaxTextBytes);
  if (old) {
    hosts = std::move(old).value();
  } else if (old.error().code != Code::kNotFound) {
    return hw::failure(std::move(old).error());
  }
  return replace_if_other(root, "etc/hosts", with_own_line(hosts, hostname), 0644);
}

/// An empty file makes systemd draw a new id at the next boot. Source: machine-id(5).
Result<void> forget_machine_id(hw::FileTree& root) {
  RESUS_TRY(replace_if_other(root, "etc/machine-id", "", 0444));
  const auto copy = root.look("var/lib/dbus/machine-id");
  const bool is_file = copy && copy.value() && copy.value()->type == hw::NodeType::kFile;
  return is_file ? root.remove_all("var/lib/dbus/machine-id") : Result<void>(hw::success());
}

Result<void> install_phone_home(hw::FileTree& root, const PersonaliseRequest& request) {
  for (const char* directory : {"usr/local/lib/resus", "etc/resus", "etc/systemd/system/multi-user.target.wants"}) {
    RESUS_TRY(root.make_directories(directory));
  }
  RESUS_TRY(replace_if_other(root, kProgramPath, request.phone_home, 0755));
  RESUS_TRY(replace_if_other(root, kConfigPath, request.phone_home_config, 0600));
  RESUS_TRY(replace_if_other(root, kUnitPath, kUnit, 0644));
  return root.replace_symlink(kWantsPath, std::string("/") + kUnitPath);
}

}  // namespace

Result<void> personalise(hw::FileTree& root, const PersonaliseRequest& request) {
  if (!usable_hostname(request.hostname)) return hw::fail(Code::kUsage, "host name \"" + request.hostname + "\"");
  RESUS_TRY(check_is_systemd_linux(root));
  RESUS_TRY(name_the_host(root, request.hostname));
  RESUS_TRY(forget_machine_id(root));
  RESUS_TRY(install_phone_home(root, request));
  return root.sync();
}

}  // namespace resus::imaging
