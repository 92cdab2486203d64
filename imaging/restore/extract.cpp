#include "imaging/restore/extract.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>

#include "imaging/restore/archive_reader.hpp"
#include "imaging/restore/content_hash.hpp"
#include "imaging/restore/member.hpp"
#include "imaging/restore/progress_words.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

constexpr int kAlways = ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SPARSE |
                        ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                        ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS;
constexpr int kPosixOnly = ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_ACL;

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};

/// The manifest bounds what is read; these are only there because the reader wants some.
ArchiveLimits no_limits() {
  return {.entries = UINT64_MAX, .content_bytes = UINT64_MAX, .ratio = UINT32_MAX};
}

bool same(const BackupEntry& a, const BackupEntry& b) {
  return a.path == b.path && a.type == b.type && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid &&
         a.owner == b.owner && a.group == b.group && a.mtime_s == b.mtime_s && a.mtime_ns == b.mtime_ns &&
         a.link_target == b.link_target && a.acl == b.acl && a.attributes == b.attributes;
}

class Extraction {
 public:
  Extraction(hw::SandboxChild& child, const RestorePlan& plan)
      : plan_(plan), reader_(feed_of(child), no_limits()), disk_(archive_write_disk_new()), words_(child) {
    if (!disk_) throw std::bad_alloc();
    archive_write_disk_set_options(disk_.get(), kAlways | (plan.kind == TargetKind::kPosix ? kPosixOnly : 0));
  }

  Result<std::string> run() {
    auto next = plan_.entries.begin();
    RESUS_TRY(bool more, reader_.next());
    while (more) {
      if (next != plan_.entries.end() && next->entry->index == reader_.index()) {
        RESUS_TRY(restore(*next));
        ++next;
      }
      RESUS_TRY(more, reader_.next());
    }
    if (next != plan_.entries.end()) return differs(*next->entry, "it is missing");
    if (archive_write_close(disk_.get()) < ARCHIVE_WARN) return disk_error("finish directories");
    return std::string();
  }

 private:
  Result<void> restore(const PlannedEntry& planned) {
    const auto& wanted = *planned.entry;
    archive_entry* member = reader_.entry();
    RESUS_TRY(compare(wanted, member));
    prepare(planned, member);
    if (archive_write_header(disk_.get(), member) < ARCHIVE_WARN) return disk_error(wanted.path);
    if (wanted.type == EntryType::kFile) {
      RESUS_TRY(content(wanted));
    }
    if (archive_write_finish_entry(disk_.get()) < ARCHIVE_WARN) return disk_error(wanted.path);
    return words_.entry_done(wanted.size_bytes);
  }

  Result<void> compare(const BackupEntry& wanted, archive_entry* member) {
    const auto facts = facts_of(member, reader_.index());
    const auto path = clean_path(facts.path);
    EntryRules::Verdict verdict{.admitted = true, .path = path.value_or(""), .link_target = facts.link_target,
                                .exclusions = {}};
    if (facts.kind == MemberFacts::Kind::kHardlink) {
      verdict.link_target = clean_path(facts.link_target).value_or("");
    }
    if (!same(describe(member, verdict, facts, verdict.exclusions), wanted)) {
      return differs(wanted, "name, kind or metadata");
    }
    return hw::success();
  }

  void prepare(const PlannedEntry& planned, archive_entry* member) const {
    const auto& wanted = *planned.entry;
    archive_entry_copy_pathname(member, wanted.path.c_str());
    if (wanted.type == EntryType::kHardlink) {
      archive_entry_copy_hardlink(member, wanted.link_target.c_str());
      archive_entry_set_size(member, 0);
    }
    if (wanted.type == EntryType::kFile) archive_entry_set_size(member, static_cast<la_int64_t>(wanted.size_bytes));
    // Not set_perm() when there is an access list: it holds the group's own rights, as the mode does here.
    archive_entry_set_perm(member, wanted.mode & 01777U);
    archive_entry_set_uid(member, planned.uid);
    archive_entry_set_gid(member, planned.gid);
    archive_entry_set_mtime(member, wanted.mtime_s, wanted.mtime_ns);
    archive_entry_unset_atime(member);
    archive_entry_unset_ctime(member);
    archive_entry_unset_birthtime(member);
    if (plan_.kind == TargetKind::kNtfs) archive_entry_acl_clear(member);
  }

  Result<void> content(const BackupEntry& wanted) {
    std::uint64_t at = 0;
    RESUS_TRY(auto piece, reader_.data());
    while (piece) {
      const std::uint64_t end = piece->offset_bytes + piece->bytes.size();
      if (piece->offset_bytes < at || end > wanted.size_bytes) return differs(wanted, "size");
      const auto put = archive_write_data_block(disk_.get(), piece->bytes.data(), piece->bytes.size(),
                                                static_cast<la_int64_t>(piece->offset_bytes));
      // A full disk is only a warning to libarchive.
      if (put < ARCHIVE_OK) return disk_error(wanted.path);
      hash_.add_zeros(piece->offset_bytes - at);
      hash_.add(piece->bytes);
      at = end;
      RESUS_TRY(words_.bytes_done(piece->bytes.size()));
      RESUS_TRY(piece, reader_.data());
    }
    hash_.add_zeros(wanted.size_bytes - at);
    if (hash_.finish() != wanted.sha256) return differs(wanted, "content");
    return hw::success();
  }

  static hw::Error differ_error(const BackupEntry& wanted, std::string_view what) {
    return hw::make_error(Code::kRestoreVerify, "the archive is not the one that was scanned: " + wanted.path + ": " +
                                                    std::string(what));
  }
  static boost::outcome_v2::failure_type<hw::Error> differs(const BackupEntry& wanted, std::string_view what) {
    return hw::failure(differ_error(wanted, what));
  }
  boost::outcome_v2::failure_type<hw::Error> disk_error(const std::string& what) const {
    const int number = archive_errno(disk_.get());
    const char* text = archive_error_string(disk_.get());
    const bool full = number == ENOSPC || number == EDQUOT;
    return hw::fail(full ? Code::kSpace : Code::kWrite, what + ": " + (text != nullptr ? text : "cannot be written"));
  }

  const RestorePlan& plan_;
  ArchiveReader reader_;
  std::unique_ptr<archive, FreeWriter> disk_;
  ProgressWords words_;
  ContentHash hash_;
};

}  // namespace

Result<std::string> extract_planned(hw::SandboxChild& child, const RestorePlan& plan) {
  return Extraction(child, plan).run();
}

}  // namespace resus::imaging
