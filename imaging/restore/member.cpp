#include "imaging/restore/member.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace resus::imaging {
namespace {

using Kind = MemberFacts::Kind;

std::string text(const char* s) { return s != nullptr ? s : ""; }

Kind kind_of(archive_entry* member) {
  if (archive_entry_hardlink(member) != nullptr) return Kind::kHardlink;
  switch (archive_entry_filetype(member)) {
    case AE_IFREG: return Kind::kFile;
    case AE_IFDIR: return Kind::kDirectory;
    case AE_IFLNK: return Kind::kSymlink;
    case AE_IFCHR:
    case AE_IFBLK: return Kind::kDevice;
    case AE_IFIFO: return Kind::kFifo;
    default: return Kind::kOther;
  }
}

EntryType type_of(Kind kind) {
  if (kind == Kind::kDirectory) return EntryType::kDirectory;
  if (kind == Kind::kSymlink) return EntryType::kSymlink;
  return kind == Kind::kHardlink ? EntryType::kHardlink : EntryType::kFile;
}

const char* tag_word(int tag) {
  switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER: return "user";
    case ARCHIVE_ENTRY_ACL_GROUP: return "group";
    case ARCHIVE_ENTRY_ACL_MASK: return "mask";
    case ARCHIVE_ENTRY_ACL_USER_OBJ: return "owner";
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ: return "owning-group";
    case ARCHIVE_ENTRY_ACL_OTHER: return "other";
    default: return "unknown";
  }
}

/// Those of one kind. The three basic ones of an access ACL are the mode, and left out.
void collect_acl(archive_entry* member, int kind, char letter, std::vector<std::string>& out) {
  int type = 0, permissions = 0, tag = 0, number = 0;
  const char* name = nullptr;
  archive_entry_acl_reset(member, kind);
  while (archive_entry_acl_next(member, kind, &type, &permissions, &tag, &number, &name) == ARCHIVE_OK) {
    const bool basic = tag == ARCHIVE_ENTRY_ACL_USER_OBJ || tag == ARCHIVE_ENTRY_ACL_GROUP_OBJ ||
                       tag == ARCHIVE_ENTRY_ACL_OTHER;
    if (basic && kind == ARCHIVE_ENTRY_ACL_TYPE_ACCESS) continue;
    const bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
    out.push_back(std::string(1, letter) + ":" + tag_word(tag) + ":" + (named ? std::to_string(number) : "") + ":" +
                  std::to_string(permissions & 7));
  }
}

/// Linux has 32 bits for it, and the highest value means "unchanged".
std::uint64_t owner_number(la_int64_t number, const MemberFacts& facts, std::vector<Exclusion>& exclusions) {
  constexpr la_int64_t kNobody = 65534;
  if (number >= 0 && number < UINT32_MAX) return static_cast<std::uint64_t>(number);
  exclusions.push_back({.index = facts.index, .path = facts.path, .reason = "an owner number that cannot be, nobody instead",
                        .whole = false});
  return kNobody;
}

/// Tar writers asked for both (`--xattrs --acls`) store an access list a second time as an attribute.
bool repeats_acl(archive_entry* member, std::string_view attribute) {
  return attribute.starts_with("system.posix_acl_") && (archive_entry_acl_types(member) & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) != 0;
}

void strip(archive_entry* member, const MemberFacts& facts, std::vector<Exclusion>& exclusions) {
  const auto note = [&](std::string reason) {
    exclusions.push_back({.index = facts.index, .path = facts.path, .reason = std::move(reason), .whole = false});
  };
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  // A name given twice counts once: tar writers repeat them.
  std::map<std::string, std::string> kept;
  std::set<std::string> refused;
  archive_entry_xattr_reset(member);
  while (archive_entry_xattr_next(member, &name, &value, &size) == ARCHIVE_OK) {
    if (repeats_acl(member, text(name))) continue;
    if (!text(name).starts_with("user.") || size > 65536 || facts.kind == Kind::kSymlink) {
      refused.insert(text(name));
    } else {
      kept.insert_or_assign(text(name), std::string(static_cast<const char*>(value), size));
    }
  }
  archive_entry_xattr_clear(member);
  for (const auto& attribute : refused) note("attribute " + attribute + " is not restored");
  for (const auto& [key, content] : kept) {
    archive_entry_xattr_add_entry(member, key.c_str(), content.data(), content.size());
  }
  if ((archive_entry_acl_types(member) & ARCHIVE_ENTRY_ACL_TYPE_NFS4) != 0) {
    note("NFSv4 access lists are not restored");
    archive_entry_acl_clear(member);
  }
  if (facts.kind == Kind::kSymlink) archive_entry_acl_clear(member);
  unsigned long set = 0, cleared = 0;
  archive_entry_fflags(member, &set, &cleared);
  if (set != 0) note("file flags are not restored");
  archive_entry_set_fflags(member, 0, 0);
}

}  // namespace

MemberFacts facts_of(archive_entry* member, std::uint64_t index) {
  MemberFacts facts{.index = index, .path = text(archive_entry_pathname(member)), .kind = kind_of(member),
                    .link_target = "", .mode = archive_entry_perm(member) & 07777U,
                    .mtime_s = archive_entry_mtime(member)};
  if (facts.kind == Kind::kHardlink) facts.link_target = text(archive_entry_hardlink(member));
  if (facts.kind == Kind::kSymlink) facts.link_target = text(archive_entry_symlink(member));
  return facts;
}

std::string acl_text(archive_entry* member) {
  std::vector<std::string> parts;
  collect_acl(member, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 'a', parts);
  collect_acl(member, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, 'd', parts);
  std::sort(parts.begin(), parts.end());
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : " ") + part;
  return all;
}

std::vector<EntryAttribute> attributes_of(archive_entry* member) {
  std::vector<EntryAttribute> attributes;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(member);
  while (archive_entry_xattr_next(member, &name, &value, &size) == ARCHIVE_OK) {
    if (!text(name).starts_with("user.")) continue;
    attributes.push_back({.name = text(name), .value = sha256({static_cast<const std::byte*>(value), size})});
  }
  std::sort(attributes.begin(), attributes.end());
  return attributes;
}

BackupEntry describe(archive_entry* member, const EntryRules::Verdict& verdict, const MemberFacts& facts,
                     std::vector<Exclusion>& exclusions) {
  strip(member, facts, exclusions);
  BackupEntry entry{.index = facts.index, .path = verdict.path, .type = type_of(facts.kind)};
  if (entry.type == EntryType::kFile) entry.size_bytes = static_cast<std::uint64_t>(archive_entry_size(member));
  entry.mode = facts.kind == Kind::kSymlink ? 0777 : facts.mode & 01777;
  entry.uid = owner_number(archive_entry_uid(member), facts, exclusions);
  entry.gid = owner_number(archive_entry_gid(member), facts, exclusions);
  entry.owner = text(archive_entry_uname(member));
  entry.group = text(archive_entry_gname(member));
  entry.mtime_s = std::clamp(facts.mtime_s, kEarliestTime, kLatestTime);
  entry.mtime_ns = static_cast<std::uint32_t>(archive_entry_mtime_nsec(member));
  entry.link_target = verdict.link_target;
  entry.acl = acl_text(member);
  entry.attributes = attributes_of(member);
  return entry;
}

}  // namespace resus::imaging
