#include "firmware/agent/options.hpp"

#include <charconv>

namespace resus::agent {

namespace {

struct TextOption {
  std::string_view name;
  std::string Options::*member;
  std::string_view help;
};
constexpr TextOption kTextOptions[] = {
    {"--config", &Options::config, "FILE  what the depot baked into the boot image"},
    {"--state", &Options::state, "DIR   key, boot id and heartbeat of this boot"},
    {"--phone-home", &Options::phone_home, "FILE  program given to the restored system"},
    {"--disk", &Options::disk, "PATH  see this disk or image file only"},
    {"--identity", &Options::identity, "FILE  be the machine this JSON describes"},
    {"--ticket", &Options::ticket, "TEXT  boot ticket instead of the kernel command line's"},
};

hw::Result<std::uint16_t> parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size()) {
    return hw::fail(hw::Code::kUsage, "--status-port: '" + text + "' is no port; allowed: 0 (any) to 65535");
  }
  return port;
}

}  // namespace

std::string usage() {
  std::string text = "resus-agent: recovers the machine it runs on. Options, for a workbench:\n";
  for (const auto& option : kTextOptions) text += "  " + std::string(option.name) + " " + std::string(option.help) + "\n";
  return text + "  --status-port N   port of the status page\n  --no-reboot   end instead of restarting the machine\n";
}

hw::Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& name = arguments[i];
    if (name == "--no-reboot") {
      options.no_reboot = true;
      continue;
    }
    const TextOption* found = nullptr;
    for (const auto& option : kTextOptions) found = option.name == name ? &option : found;
    if (found == nullptr && name != "--status-port") return hw::fail(hw::Code::kUsage, "unknown option '" + name + "'\n" + usage());
    if (i + 1 == arguments.size()) return hw::fail(hw::Code::kUsage, name + " needs a value");
    const auto& value = arguments[++i];
    if (found != nullptr) {
      options.*(found->member) = value;
    } else {
      RESUS_TRY(options.status_port, parse_port(value));
    }
  }
  return options;
}

}  // namespace resus::agent
