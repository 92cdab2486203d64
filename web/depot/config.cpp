#include "web/depot/config.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <stdexcept>

// toml++ 3.3 takes the first sign of a table's name for granted: `[/depot]` fails an assertion. A slip of the
// keyboard must not abort the program, nor, with NDEBUG, be undefined: the assertion becomes an exception.
#undef NDEBUG
constexpr void assert_in_toml(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}
#define TOML_ASSERT(expr) assert_in_toml(static_cast<bool>(expr), "toml++: " #expr)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "web/depot/toml_letters.hpp"

namespace resus::depot {
namespace {

/// One allowed key: how to take its value, and what to say when it is wrong.
struct Key {
  std::function<bool(const toml::node&)> take;
  std::string allowed;
};
using Table = std::map<std::string, Key, std::less<>>;

Key text(std::string& target) {
  return {[&target](const toml::node& node) {
            const auto value = node.value_exact<std::string>();
            if (value) target = *value;
            return value.has_value();
          },
          "a text"};
}

Key flag(bool& target) {
  return {[&target](const toml::node& node) {
            const auto value = node.value_exact<bool>();
            if (value) target = *value;
            return value.has_value();
          },
          "true or false"};
}

template <class Number>
Key number(Number& target, std::int64_t least, std::int64_t most) {
  return {[&target, least, most](const toml::node& node) {
            const auto value = node.value_exact<std::int64_t>();
            if (!value || *value < least || *value > most) return false;
            target = static_cast<Number>(*value);
            return true;
          },
          "a number from " + std::to_string(least) + " to " + std::to_string(most)};
}

Key texts(std::vector<std::string>& target) {
  return {[&target](const toml::node& node) {
            const auto* list = node.as_array();
            if (list == nullptr) return false;
            target.clear();
            for (const auto& item : *list) {
              const auto value = item.value_exact<std::string>();
              if (!value) return false;
              target.push_back(*value);
            }
            return true;
          },
          "a list of texts"};
}

Key disk_questions(std::vector<std::string>& target) {
  auto key = texts(target);
  auto take = key.take;
  key.take = [&target, take](const toml::node& node) {
    constexpr std::array<std::string_view, 3> kKinds = {"hidden_area", "locked", "encrypted"};
    return take(node) && std::ranges::all_of(target, [&](const std::string& kind) { return std::ranges::find(kKinds, kind) != kKinds.end(); });
  };
  key.allowed = "a list of \"hidden_area\", \"locked\", \"encrypted\"";
  return key;
}

Key reread_policy(imaging::RereadPolicy& target) {
  return {[&target](const toml::node& node) {
            const auto policy = imaging::reread_policy_from(node.value_exact<std::string>().value_or(""));
            if (policy) target = policy.value();
            return policy.has_value();
          },
          "\"none\", \"sampled\" or \"whole\""};
}

Key dhcp_mode(DhcpChoice& target) {
  return {[&target](const toml::node& node) {
            const auto value = node.value_exact<std::string>().value_or("");
            if (value == "full") target = DhcpChoice::kFull;
            else if (value == "proxy") target = DhcpChoice::kProxy;
            else if (value == "off") target = DhcpChoice::kOff;
            else return false;
            return true;
          },
          "\"full\", \"proxy\" or \"off\""};
}

std::map<std::string, Table, std::less<>> schema(Config& c) {
  std::map<std::string, Table, std::less<>> tables;
  tables["incident"] = {{"name", text(c.incident)}};
  tables["depot"] = {{"data", text(c.data)}, {"interface", text(c.interface)},
                     {"address", text(c.address)}, {"names", texts(c.names)}};
  tables["ports"] = {{"http", number(c.http_port, 0, 65535)}, {"https", number(c.https_port, 0, 65535)},
                     {"agent", number(c.agent_port, 0, 65535)}};
  tables["dhcp"] = {{"mode", dhcp_mode(c.dhcp)}, {"prefix_bits", number(c.prefix_bits, 8, 30)},
                    {"range_first", text(c.range_first)}, {"range_last", text(c.range_last)},
                    {"dnsmasq", text(c.dnsmasq)}};
  tables["boot"] = {{"image", text(c.boot_image)}, {"ipxe", text(c.ipxe)}, {"kernel_extra", text(c.kernel_extra)}};
  tables["plan"] = {{"image", text(c.plan.image)}, {"backup", text(c.plan.backup)},
                    {"require_scan", flag(c.plan.require_scan)}, {"auto_approve", flag(c.plan.auto_approve)},
                    {"go_on_with", disk_questions(c.plan.go_on_with)},
                    {"lift_hidden_areas", flag(c.plan.lift_hidden_areas)},
                    {"reread", reread_policy(c.plan.reread)},
                    {"accept_gap_sectors", number(c.plan.accept_gap_sectors, 0, 2'000'000'000)},
                    {"rescue_minutes", number(c.plan.rescue_minutes, 1, 10'080)}};
  tables["scan"] = {{"rules", text(c.scan_rules)}, {"clamd", text(c.scan_clamd)}};
  tables["timestamp"] = {{"url", text(c.stamp_url)}, {"ca_file", text(c.stamp_ca_file)}, {"policy", text(c.stamp_policy)}};
  tables["evidence"] = {{"retention_days", number(c.retention_days, 0, 36'500)}};
  tables["limits"] = {{"machines_at_once", number(c.machines_at_once, 1, 64)},
                      {"connections", number(c.connections, 16, 65536)},
                      {"connections_per_address", number(c.connections_per_address, 4, 65536)},
                      {"network_threads", number(c.network_threads, 1, 32)},
                      {"strangers", number(c.strangers, 1, 10'000)},
                      {"strangers_per_address", number(c.strangers_per_address, 1, 10'000)}};
  return tables;
}

template <class Map>
std::string names_of(const Map& map) {
  std::string names;
  for (const auto& [name, ignored] : map) names += (names.empty() ? "" : ", ") + name;
  return names;
}

auto wrong(std::string_view file, const toml::source_region& where, const std::string& what) {
  return hw::fail(hw::Code::kUsage, std::string(file) + ":" + std::to_string(where.begin.line) + ": " + what);
}

Result<void> apply_table(const Table& keys, const std::string& name, const toml::table& table, std::string_view file) {
  for (const auto& [key, node] : table) {
    const auto found = keys.find(key.str());
    if (found == keys.end()) {
      return wrong(file, node.source(), "unknown key '" + std::string(key.str()) + "' in [" + name + "]; allowed: " + names_of(keys));
    }
    if (!found->second.take(node)) {
      return wrong(file, node.source(), name + "." + std::string(key.str()) + " has a wrong value; allowed: " + found->second.allowed);
    }
  }
  return hw::success();
}

/// Number of the line that toml++ cannot cope with.
std::size_t broken_line(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1), ++line) {
    try {
      (void)toml::parse(text.substr(0, end));
    } catch (const std::logic_error&) {
      return line;
    }
  }
  return line;
}

Result<toml::table> parse_text(std::string_view text, std::string_view file) {
  if (const auto line = line_of_bare_letter(text); line != 0) {
    return hw::fail(hw::Code::kUsage, std::string(file) + ":" + std::to_string(line) +
                                          ": letters beyond a-z stand between quotation marks, not behind a backslash, or behind # only");
  }
  try {
    auto parsed = toml::parse(text, file);
    if (!parsed) return wrong(file, parsed.error().source(), std::string(parsed.error().description()));
    return std::move(parsed).table();
  } catch (const std::logic_error&) {
    return hw::fail(hw::Code::kUsage, std::string(file) + ":" + std::to_string(broken_line(text)) +
                                          ": a name must begin with a letter, a digit, _, - or a quotation mark");
  }
}

}  // namespace

Result<void> apply_toml(Config& config, std::string_view text_of_file, std::string_view file_name) {
  RESUS_TRY(const auto parsed, parse_text(text_of_file, file_name));
  const auto tables = schema(config);
  for (const auto& [key, node] : parsed) {
    const std::string name(key.str());
    const auto found = tables.find(name);
    if (found != tables.end() && node.as_table() == nullptr) {
      return wrong(file_name, node.source(), "'" + name + "' is a table: write [" + name + "] on a line of its own");
    }
    if (found == tables.end()) {
      return wrong(file_name, node.source(), "unknown table '" + name + "'; allowed: " + names_of(tables));
    }
    RESUS_TRY(apply_table(found->second, name, *node.as_table(), file_name));
  }
  if (auto good = check_config(config); !good) return hw::failure(std::move(good.error()).within(file_name));
  return hw::success();
}

std::vector<std::string> decided_kinds(const PlanConfig& plan) {
  auto kinds = plan.go_on_with;
  if (plan.lift_hidden_areas || std::ranges::find(kinds, "hidden_area") != kinds.end()) kinds.emplace_back("lifted_area");
  return kinds;
}

std::string kernel_parameters(const Config& config) {
  // Source: Documentation/admin-guide/kernel-parameters.txt, libata.ignore_hpa: 1 uses the whole disk.
  const std::string lift = config.plan.lift_hidden_areas ? "libata.ignore_hpa=1" : "";
  return config.kernel_extra + (lift.empty() || config.kernel_extra.empty() ? "" : " ") + lift;
}

Result<void> check_config(const Config& config) {
  const auto both = [](std::uint16_t a, std::uint16_t b) { return a != 0 && a == b; };
  if (both(config.http_port, config.https_port) || both(config.http_port, config.agent_port) ||
      both(config.https_port, config.agent_port)) {
    return hw::fail(hw::Code::kUsage, "ports: http, https and agent must differ (0 takes any free one)");
  }
  if (config.range_first.empty() != config.range_last.empty()) {
    return hw::fail(hw::Code::kUsage, "dhcp: give both range_first and range_last, or neither");
  }
  if (config.data.empty() || config.data.front() != '/') {
    return hw::fail(hw::Code::kUsage, "depot.data must be an absolute path");
  }
  return hw::success();
}

}  // namespace resus::depot
