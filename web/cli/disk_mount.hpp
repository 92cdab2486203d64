#pragma once
// `resus evidence mount` and `resus image mount`.
#include "hw/mounts.hpp"
#include "web/cli/evidence_commands.hpp"

namespace resus::web {

struct MountArguments {
  std::string id;                         ///< of evidence; of an image also its name
  std::string directory;
  Source source;                          ///< `keys` empty: the store's own are believed
  bool foreground = false;
  std::uint64_t cache_bytes = 0;          ///< unpacked frames kept in memory; 0: a quarter of the machine's
};
/// Both serve until it is unmounted or `stop`; in the background they return in the process that serves.
/// Errors: kNotFound, kEvidenceDamaged (record or map), those of Mounts::serve().
[[nodiscard]] hw::Result<int> evidence_mount(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments,
                                             const std::stop_token& stop);
/// Errors: kNotFound, kImageSignature, kImageTruncated, those of Mounts::serve().
[[nodiscard]] hw::Result<int> image_mount(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments,
                                          const std::stop_token& stop);

}  // namespace resus::web
