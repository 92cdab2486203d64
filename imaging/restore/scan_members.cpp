#include "imaging/restore/scan_members.hpp"

#include <archive_entry.h>

#include "imaging/restore/archive_reader.hpp"
#include "imaging/restore/content_hash.hpp"
#include "imaging/restore/member.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

class Scan {
 public:
  Scan(const ByteFeed& feed, const ArchiveLimits& limits, const ScanSink& sink)
      : reader_(feed, limits), limits_(limits), sink_(sink) {}

  Result<ScanTotals> run() {
    RESUS_TRY(bool more, reader_.next());
    while (more) {
      if (++count_ > limits_.entries) {
        return hw::fail(Code::kArchiveLimit, "more than " + std::to_string(limits_.entries) + " entries");
      }
      RESUS_TRY(member());
      RESUS_TRY(more, reader_.next());
    }
    return ScanTotals{.format = reader_.format(), .filter = std::string(reader_.filter()), .entry_count = count_};
  }

 private:
  Result<void> member() {
    const auto facts = facts_of(reader_.entry(), reader_.index());
    auto verdict = rules_.judge(facts);
    if (verdict.admitted) {
      auto entry = describe(reader_.entry(), verdict, facts, verdict.exclusions);
      if (entry.type == EntryType::kFile) {
        RESUS_TRY(content(entry));
      }
      RESUS_TRY(sink_.entry(entry));
    }
    for (const auto& exclusion : verdict.exclusions) {
      RESUS_TRY(sink_.exclusion(exclusion));
    }
    return hw::success();
  }

  /// Streamed zip members do not say their size before their end, so the bytes count as well.
  Result<void> content(BackupEntry& entry) {
    const bool size_known = archive_entry_size_is_set(reader_.entry()) != 0;
    const std::uint64_t allowed = limits_.content_bytes - total_;
    if (size_known && entry.size_bytes > allowed) return too_large();
    std::uint64_t at = 0;
    RESUS_TRY(auto piece, reader_.data());
    while (piece) {
      const std::uint64_t end = piece->offset_bytes + piece->bytes.size();
      if (piece->offset_bytes < at || end < piece->offset_bytes) return damaged(entry, "its pieces overlap");
      if (end > allowed) return too_large();
      hash_.add_zeros(piece->offset_bytes - at);
      hash_.add(piece->bytes);
      at = end;
      RESUS_TRY(piece, reader_.data());
    }
    if (!size_known) entry.size_bytes = at;
    if (at > entry.size_bytes) return damaged(entry, "it is longer than it says");
    hash_.add_zeros(entry.size_bytes - at);
    entry.sha256 = hash_.finish();
    total_ += entry.size_bytes;
    return hw::success();
  }

  Result<void> too_large() const {
    return hw::fail(Code::kArchiveLimit, "more than " + std::to_string(limits_.content_bytes) + " bytes of content");
  }
  static Result<void> damaged(const BackupEntry& entry, const char* what) {
    return hw::fail(Code::kArchive, "member " + std::to_string(entry.index + 1) + " (" + entry.path + "): " + what);
  }

  ArchiveReader reader_;
  ArchiveLimits limits_;
  const ScanSink& sink_;
  EntryRules rules_;
  ContentHash hash_;
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<ScanTotals> scan_members(const ByteFeed& feed, const ArchiveLimits& limits, const ScanSink& sink) {
  return Scan(feed, limits, sink).run();
}

}  // namespace resus::imaging
