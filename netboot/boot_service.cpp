#include "netboot/boot_service.hpp"

#include <map>
#include <string_view>

#include "netboot/boot_script.hpp"

namespace resus::netboot {
namespace {

constexpr std::size_t kLongestValue = 64;

BootAnswer text(int status, std::string body) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::make_shared<const std::string>(std::move(body))};
}

/// "%3A" and the like; a broken escape stays as it is and fails the checks that follow.
std::string percent_decoded(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto hex = raw.substr(i, 3);
    const bool escape = hex.size() == 3 && hex[0] == '%' &&
                        hex.substr(1).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (!escape) {
      out += raw[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(hex.substr(1)), nullptr, 16));
    i += 2;
  }
  return out;
}

/// Values of a query string; the first of a repeated name counts, over-long values are dropped.
std::map<std::string, std::string> parse_query(std::string_view query) {
  std::map<std::string, std::string> values;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.size() - equals > kLongestValue) continue;
    values.emplace(percent_decoded(pair.substr(0, equals)), percent_decoded(pair.substr(equals + 1)));
  }
  return values;
}

std::string lower_uuid(const std::string& raw) {
  std::string uuid;
  for (const char c : raw) {
    const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (std::string_view("0123456789abcdef-").find(low) == std::string_view::npos) return "";
    uuid += low;
  }
  return uuid.size() == 36 ? uuid : "";
}

}  // namespace

BootService::BootService(BootFiles files, const BootTickets& tickets, Lookup lookup, Observer observer,
                         std::string kernel_extra)
    : files_(std::move(files)),
      tickets_(tickets),
      lookup_(std::move(lookup)),
      observer_(std::move(observer)),
      kernel_extra_(std::move(kernel_extra)) {}

BootAnswer BootService::answer(const std::string& path, const std::string& query,
                               const std::string& client_address, hw::UtcTime now) {
  if (path == "/boot.ipxe") return script(query, client_address, now);
  const SharedBytes bytes = path.starts_with('/') ? files_.find(path.substr(1)) : nullptr;
  if (!bytes) return text(404, "There is no such boot file.\n");
  return {.status = 200, .content_type = "application/octet-stream", .body = bytes};
}

BootAnswer BootService::script(const std::string& query, const std::string& client_address, hw::UtcTime now) {
  auto values = parse_query(query);
  if (!values.contains("mac")) return text(200, identify_script());
  const auto mac = canonical_mac(values["mac"]);
  if (!mac) return text(400, "mac= is not a MAC address.\n");
  const std::string& platform = values["platform"];
  const BootClient client{.mac = mac.value(),
                          .uuid = lower_uuid(values["uuid"]),
                          .platform = platform == "efi" || platform == "pcbios" ? platform : "",
                          .address = client_address};
  const BootChoice choice = choose_boot(lookup_(client));
  observer_(client, choice);
  if (choice == BootChoice::kLocal) return text(200, local_script());
  return text(200, recover_script(tickets_.issue(client.mac, now), kernel_extra_));
}

}  // namespace resus::netboot
