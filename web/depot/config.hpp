#pragma once
// resus.toml: everything a depot can be told. The embedded defaults serve a room; no file is needed.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"
#include "imaging/evidence_sink.hpp"
#include "netboot/dnsmasq_config.hpp"

namespace resus::depot {

using hw::Result;

enum class DhcpChoice { kFull, kProxy, kOff };

/// What is done to a machine unless its approval says otherwise.
struct PlanConfig {
  std::string image;         ///< name or id of a golden image; empty: chosen at approval
  std::string backup;        ///< name or id of a backup; empty: none
  bool require_scan = false; ///< restore only backups that were wholly scanned for malware
  /// Kinds of questions about a disk that need nobody: "hidden_area", "locked", "encrypted". The disk is copied as it is.
  /// What goes for a hidden area goes for one that the kernel has lifted.
  std::vector<std::string> go_on_with;
  bool lift_hidden_areas = false;  ///< machines lift Host Protected Areas at start, until the next power cycle; such a disk needs nobody
  imaging::RereadPolicy reread = imaging::RereadPolicy::kNone;  ///< of the source disk, after the copy
  std::uint32_t accept_gap_sectors = 0;  ///< unreadable sectors (512 bytes) that need nobody
  std::uint32_t rescue_minutes = 120;  ///< how long a failing disk may be worked at
  bool auto_approve = false; ///< approve every machine with exactly one candidate disk: for rigs, never for a ward
};

struct Config {
  std::string incident = "Incident";
  std::string data = "/var/lib/resus";
  std::string interface;
  std::string address;               ///< IPv4 of the interface; found out when empty
  std::vector<std::string> names;    ///< more IP addresses and DNS names for the certificate
  std::uint16_t http_port = 80;      ///< boot files; 0: any free one, see <data>/run/ports.json
  std::uint16_t https_port = 443;
  std::uint16_t agent_port = 8443;
  DhcpChoice dhcp = DhcpChoice::kFull;
  std::uint8_t prefix_bits = 24;
  std::string range_first, range_last;  ///< empty: .100 to .199 of the address's network
  std::string boot_image;            ///< directory with vmlinuz and initrd.img; empty: no network boot
  std::string ipxe;                  ///< directory with undionly.kpxe and snponly.efi
  std::string kernel_extra;
  std::string dnsmasq = "/usr/sbin/dnsmasq";
  PlanConfig plan;
  std::string scan_rules;            ///< folder with YARA rules; empty: backups stay unscanned
  std::string scan_clamd;            ///< socket of a clamd that scans, too; empty: none
  std::string stamp_url;             ///< RFC 3161 authority; empty: records are not stamped
  std::string stamp_ca_file;         ///< certificates (PEM) that its stamps must lead to
  std::string stamp_policy;          ///< object identifier; empty: the authority's own choice
  std::uint32_t retention_days = 0;  ///< evidence is not deleted before; 0: for ever, unless somebody says why
  std::uint32_t machines_at_once = 4;
  std::uint32_t connections = 1024;
  std::uint32_t connections_per_address = 64;
  std::uint32_t network_threads = 2;
  std::uint32_t strangers = 512;             ///< machines that may wait for approval
  std::uint32_t strangers_per_address = 16;  ///< of them from one address
};

/// Applies a TOML text to `config`. Errors: kUsage "FILE:LINE: … allowed: …" for an unknown table or key,
/// a wrong type or a value out of range.
[[nodiscard]] Result<void> apply_toml(Config& config, std::string_view text, std::string_view file_name);
/// Kinds of questions about a disk that the plan has decided.
[[nodiscard]] std::vector<std::string> decided_kinds(const PlanConfig& plan);
/// What machines get on their kernel's command line beyond what every boot needs.
[[nodiscard]] std::string kernel_parameters(const Config& config);
/// What spans several keys. Errors: kUsage.
[[nodiscard]] Result<void> check_config(const Config& config);

}  // namespace resus::depot
