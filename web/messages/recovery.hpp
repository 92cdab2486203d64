#pragma once
// Reports of what was written, and what is to be restored. web/API.md, /deployed, /restore, /restored, /phone-home.
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "imaging/deployment_times.hpp"
#include "web/messages/codec.hpp"

namespace resus::messages {

struct Deployed {
  std::uint32_t attempt = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_skipped = 0;
  std::uint64_t bytes_fetched = 0;
  std::uint64_t bytes_read_back = 0;
  double seconds = 0;
  imaging::DeploymentTimes busy = {};
};

/// `{compare, fetch, verify, write, read_back}`: busy seconds of each kind of work.
[[nodiscard]] boost::json::object times_object(const imaging::DeploymentTimes& times);

inline constexpr std::size_t kMaxBackups = 64;

/// One archive to lay onto one partition of the golden image. Its signed manifest comes from
/// GET /backups/{id}/manifest: it lists every file and is too large for a message.
struct RestoreBackup {
  std::string backup_id;
  std::string format;           ///< "tar.zst", "tar.gz", "tar.xz", "tar", "zip"
  std::uint64_t bytes = 0;      ///< of the archive
  std::uint32_t partition = 0;  ///< number as in the golden manifest; 0: the whole disk is one file system
  std::string directory;        ///< where the files go, "/" or "/home"
};

struct PhoneHomeTarget {
  std::string host;
  std::uint16_t port = 0;
  std::string spki_sha256;  ///< hexadecimal: the depot's key
  std::string token;
};

struct Personalisation {
  std::string hostname;
  PhoneHomeTarget phone_home;
};

/// Answer of GET /restore.
struct RestorePlan {
  std::vector<RestoreBackup> backups;
  Personalisation personalise;
};

inline constexpr std::size_t kMaxMalware = 100;

/// A file that was left out because of malware.
struct MalwareLeftOut {
  std::string path;  ///< as hw::shown_text() makes it, cut at 512 bytes
  std::string why;
};

struct Restored {
  std::uint32_t attempt = 0;
  std::uint64_t files_restored = 0;
  std::uint64_t files_excluded = 0;
  std::uint64_t bytes = 0;
  std::uint64_t verified = 0;  ///< files re-read and found equal to the manifest
  double seconds = 0;
  std::uint64_t infected = 0;  ///< files left out because of malware
  std::vector<MalwareLeftOut> malware = {};  ///< the first kMaxMalware of them
};

/// Sent by the restored system.
struct PhoneHome {
  std::string token;
  std::string hostname;
  std::string boot_time;
};

[[nodiscard]] std::string encode(const Deployed& report);
[[nodiscard]] std::string encode(const RestorePlan& plan);
[[nodiscard]] std::string encode(const Restored& report);
[[nodiscard]] std::string encode(const PhoneHome& message);
/// /etc/resus/phone-home.json of the restored system.
[[nodiscard]] std::string encode(const PhoneHomeTarget& target);
template <>
[[nodiscard]] Result<Deployed> decode<Deployed>(std::string_view body);
template <>
[[nodiscard]] Result<RestorePlan> decode<RestorePlan>(std::string_view body);
template <>
[[nodiscard]] Result<Restored> decode<Restored>(std::string_view body);
template <>
[[nodiscard]] Result<PhoneHome> decode<PhoneHome>(std::string_view body);
template <>
[[nodiscard]] Result<PhoneHomeTarget> decode<PhoneHomeTarget>(std::string_view body);

}  // namespace resus::messages
