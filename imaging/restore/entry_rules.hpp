#pragma once
// What of an archive may be restored. Pure; knows nothing of libarchive.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/restore/backup_manifest.hpp"

namespace resus::imaging {

/// What a member says of itself.
struct MemberFacts {
  enum class Kind : std::uint8_t { kFile, kDirectory, kSymlink, kHardlink, kDevice, kFifo, kOther };
  std::uint64_t index = 0;
  std::string path;  ///< raw; empty when there is none
  Kind kind = Kind::kOther;
  std::string link_target;
  std::uint32_t mode = 0;
  std::int64_t mtime_s = 0;
};

/// Path without "./", doubled and trailing slashes; empty optional for absolute paths, "..", over-long names.
/// "" is the archive's own root.
[[nodiscard]] std::optional<std::string> clean_path(std::string_view raw);

/// Judges members in archive order and remembers them, because what a name may be depends on those before it.
class EntryRules {
 public:
  struct Verdict {
    bool admitted = false;
    std::string path;                   ///< cleaned
    std::string link_target;            ///< cleaned for hard links, raw for symbolic ones
    std::vector<Exclusion> exclusions;  ///< at least one when not admitted
  };
  [[nodiscard]] Verdict judge(const MemberFacts& facts);

 private:
  [[nodiscard]] std::optional<std::string> refuse(const MemberFacts& facts, Verdict& verdict);
  [[nodiscard]] std::optional<std::string> refuse_place(const std::string& path, EntryType type) const;
  void remember(const std::string& path, EntryType type);
  std::map<std::string, EntryType> known_;  ///< admitted names and the directories they imply
};

/// Seconds a restored file may bear: what ext4 with 256-byte inodes keeps. Source: Linux, fs/ext4/ext4.h.
inline constexpr std::int64_t kEarliestTime = -(1LL << 31);
inline constexpr std::int64_t kLatestTime = (1LL << 34) - (1LL << 31) - 1;

/// Names given twice: the last one counts, as tar has it; the former become exclusions, and so do hard links
/// that can no longer be made.
void drop_superseded(BackupManifest& manifest);

/// That a manifest holds only what the rules admit, in order, with counts that agree. Errors: kBadInput.
[[nodiscard]] Result<void> check_manifest(const BackupManifest& manifest);

}  // namespace resus::imaging
