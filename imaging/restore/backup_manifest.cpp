#include "imaging/restore/backup_manifest.hpp"

#include <boost/json.hpp>

#include "hw/plain_text.hpp"
#include "imaging/base64.hpp"
#include "imaging/json_fields.hpp"
#include "imaging/restore/entry_rules.hpp"
#include "imaging/restore/manifest_lines.hpp"

namespace resus::imaging {

namespace json = boost::json;

namespace {

constexpr std::string_view kTypes[] = {"file", "directory", "symlink", "hardlink"};

json::value raw_to_json(const std::string& raw) {
  if (hw::is_utf8(raw)) return json::value(raw);
  return json::object{{"b64", base64_encode(raw)}};
}

Result<std::string> raw_from_json(const json::value* value, std::string_view where) {
  if (value == nullptr) return std::string();
  if (value->is_string()) return std::string(value->get_string());
  RESUS_TRY(auto fields, JsonFields::of(*value, std::string(where)));
  RESUS_TRY(const auto text, fields.text("b64"));
  RESUS_TRY(fields.no_others());
  return base64_decode(text);
}

json::array attributes_to_json(const std::vector<EntryAttribute>& attributes) {
  json::array list;
  for (const auto& attribute : attributes) {
    list.push_back(json::array{raw_to_json(attribute.name), to_hex(attribute.value)});
  }
  return list;
}

Result<std::vector<EntryAttribute>> attributes_from_json(const json::value* value, std::string_view where) {
  std::vector<EntryAttribute> attributes;
  if (value == nullptr) return attributes;
  const auto wrong = hw::make_error(hw::Code::kBadInput, std::string(where) + ": attributes");
  if (!value->is_array()) return hw::failure(wrong);
  for (const auto& item : value->get_array()) {
    if (!item.is_array() || item.get_array().size() != 2 || !item.get_array()[1].is_string()) return hw::failure(wrong);
    EntryAttribute attribute;
    RESUS_TRY(attribute.name, raw_from_json(&item.get_array()[0], where));
    RESUS_TRY(attribute.value, digest_from_hex(std::string_view(item.get_array()[1].get_string())));
    if (!attribute.name.starts_with("user.")) return hw::failure(wrong);
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

Result<EntryType> type_from(std::string_view word, std::string_view where) {
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    if (kTypes[i] == word) return static_cast<EntryType>(i);
  }
  return hw::fail(hw::Code::kBadInput, std::string(where) + ": unknown type of entry");
}

Result<std::uint64_t> numbers(JsonFields& fields, BackupEntry& entry) {
  RESUS_TRY(entry.index, fields.size("i"));
  RESUS_TRY(const auto mode, fields.size("m"));
  RESUS_TRY(entry.uid, fields.size("u"));
  RESUS_TRY(entry.gid, fields.size("g"));
  RESUS_TRY(entry.mtime_s, fields.integer("s"));
  RESUS_TRY(const auto nanoseconds, fields.size("n"));
  entry.mode = static_cast<std::uint32_t>(mode);
  entry.mtime_ns = static_cast<std::uint32_t>(nanoseconds);
  return std::max(mode > 01777 ? UINT64_MAX : 0, nanoseconds);
}

}  // namespace

std::string_view to_string(EntryType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::string entry_line(const BackupEntry& entry) {
  json::object line{{"i", entry.index}, {"p", raw_to_json(entry.path)}, {"t", to_string(entry.type)},
                    {"m", entry.mode},  {"u", entry.uid},               {"g", entry.gid},
                    {"s", entry.mtime_s}, {"n", entry.mtime_ns}};
  if (entry.type == EntryType::kFile) {
    line["size"] = entry.size_bytes;
    line["sha256"] = to_hex(entry.sha256);
  }
  if (!entry.link_target.empty()) line["link"] = raw_to_json(entry.link_target);
  if (!entry.owner.empty()) line["owner"] = raw_to_json(entry.owner);
  if (!entry.group.empty()) line["group"] = raw_to_json(entry.group);
  if (!entry.acl.empty()) line["acl"] = entry.acl;
  if (!entry.attributes.empty()) line["x"] = attributes_to_json(entry.attributes);
  return json::serialize(line);
}

Result<BackupEntry> entry_from_line(std::string_view text, std::string_view where) {
  RESUS_TRY(const auto value, parse_json(text, where));
  RESUS_TRY(auto fields, JsonFields::of(value, std::string(where)));
  BackupEntry entry;
  RESUS_TRY(const auto worst, numbers(fields, entry));
  if (worst >= 1'000'000'000) return hw::fail(hw::Code::kBadInput, std::string(where) + ": mode or time");
  RESUS_TRY(const auto type, fields.text("t"));
  RESUS_TRY(entry.type, type_from(type, where));
  RESUS_TRY(entry.path, raw_from_json(fields.optional("p"), where));
  if (entry.type == EntryType::kFile) {
    RESUS_TRY(entry.size_bytes, fields.size("size"));
    RESUS_TRY(entry.sha256, fields.digest("sha256"));
  }
  RESUS_TRY(entry.link_target, raw_from_json(fields.optional("link"), where));
  RESUS_TRY(entry.owner, raw_from_json(fields.optional("owner"), where));
  RESUS_TRY(entry.group, raw_from_json(fields.optional("group"), where));
  RESUS_TRY(entry.acl, raw_from_json(fields.optional("acl"), where));
  RESUS_TRY(entry.attributes, attributes_from_json(fields.optional("x"), where));
  RESUS_TRY(fields.no_others());
  return entry;
}

std::string exclusion_line(const Exclusion& exclusion) {
  return json::serialize(json::object{{"i", exclusion.index}, {"p", raw_to_json(exclusion.path)},
                                      {"why", raw_to_json(exclusion.reason)}, {"whole", exclusion.whole}});
}

Result<Exclusion> exclusion_from_line(std::string_view text, std::string_view where) {
  RESUS_TRY(const auto value, parse_json(text, where));
  RESUS_TRY(auto fields, JsonFields::of(value, std::string(where)));
  Exclusion exclusion;
  RESUS_TRY(exclusion.index, fields.size("i"));
  RESUS_TRY(exclusion.path, raw_from_json(fields.optional("p"), where));
  RESUS_TRY(exclusion.reason, raw_from_json(fields.optional("why"), where));
  const auto* whole = fields.optional("whole");
  if (whole == nullptr || !whole->is_bool()) return hw::fail(hw::Code::kBadInput, std::string(where) + ": whole");
  exclusion.whole = whole->get_bool();
  RESUS_TRY(fields.no_others());
  return exclusion;
}

std::string to_json_lines(const BackupManifest& manifest) {
  std::string text = json::serialize(json::object{
      {"v", 2}, {"format", manifest.format}, {"filter", manifest.filter}, {"archive_bytes", manifest.archive_bytes},
      {"archive_sha256", to_hex(manifest.archive_sha256)}, {"entry_count", manifest.entry_count},
      {"content_bytes", manifest.content_bytes}, {"entries", manifest.entries.size()},
      {"exclusions", manifest.exclusions.size()}, {"findings", manifest.findings.size()},
      {"scan", scan_to_json(manifest)}});
  text += '\n';
  for (const auto& entry : manifest.entries) text += entry_line(entry) + "\n";
  for (const auto& exclusion : manifest.exclusions) text += exclusion_line(exclusion) + "\n";
  for (const auto& finding : manifest.findings) text += finding_line(finding) + "\n";
  return text;
}

namespace {

struct Head {
  BackupManifest manifest;
  std::uint64_t entries = 0, exclusions = 0, findings = 0;
  std::string verdict;  ///< as said
};

/// What version 1 says of a scan, and what version 2 says.
Result<void> read_scan(JsonFields& fields, std::uint64_t version, std::string_view where, Head& head) {
  if (version == 1) {
    RESUS_TRY(head.verdict, fields.text("malware_scan"));
    return hw::success();
  }
  RESUS_TRY(head.findings, fields.size("findings"));
  RESUS_TRY(auto said, scan_from_json(fields.optional("scan"), std::string(where)));
  head.verdict = std::move(said.verdict);
  head.manifest.scan = std::move(said.scan);
  return hw::success();
}

Result<Head> head_from_line(std::string_view text) {
  constexpr std::string_view kWhere = "backup manifest, line 1";
  RESUS_TRY(const auto value, parse_json(text, kWhere));
  RESUS_TRY(auto fields, JsonFields::of(value, std::string(kWhere)));
  Head head;
  auto& m = head.manifest;
  RESUS_TRY(const auto version, fields.size("v"));
  if (version != 1 && version != 2) {
    return hw::fail(hw::Code::kBadInput, std::string(kWhere) + ": unknown version " + std::to_string(version));
  }
  RESUS_TRY(m.format, fields.text("format"));
  RESUS_TRY(m.filter, fields.text("filter"));
  RESUS_TRY(m.archive_bytes, fields.size("archive_bytes"));
  RESUS_TRY(m.archive_sha256, fields.digest("archive_sha256"));
  RESUS_TRY(m.entry_count, fields.size("entry_count"));
  RESUS_TRY(m.content_bytes, fields.size("content_bytes"));
  RESUS_TRY(head.entries, fields.size("entries"));
  RESUS_TRY(head.exclusions, fields.size("exclusions"));
  RESUS_TRY(read_scan(fields, version, kWhere, head));
  RESUS_TRY(fields.no_others());
  return head;
}

/// The lines behind the head, one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  [[nodiscard]] std::string where() const { return "backup manifest, line " + std::to_string(number_); }
  /// Errors: kBadInput when there is none.
  Result<std::string_view> take() {
    ++number_;
    const auto end = text_.find('\n');
    if (end == std::string_view::npos) return hw::fail(hw::Code::kBadInput, where() + ": cut off");
    const auto line = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return line;
  }
  template <class Item>
  Result<void> read(std::uint64_t count, std::vector<Item>& items,
                    Result<Item> (*from_line)(std::string_view, std::string_view)) {
    for (std::uint64_t i = 0; i < count; ++i) {
      RESUS_TRY(const auto line, take());
      RESUS_TRY(auto item, from_line(line, where()));
      items.push_back(std::move(item));
    }
    return hw::success();
  }
  [[nodiscard]] Result<void> end() const {
    return text_.empty() ? hw::success() : Result<void>(hw::fail(hw::Code::kBadInput, where() + ": something follows"));
  }

 private:
  std::string_view text_;
  std::uint64_t number_ = 0;
};

}  // namespace

Result<BackupManifest> backup_manifest_from_json_lines(std::string_view text) {
  Lines lines(text);
  RESUS_TRY(const auto first, lines.take());
  RESUS_TRY(auto head, head_from_line(first));
  auto& manifest = head.manifest;
  RESUS_TRY(lines.read(head.entries, manifest.entries, entry_from_line));
  RESUS_TRY(lines.read(head.exclusions, manifest.exclusions, exclusion_from_line));
  RESUS_TRY(lines.read(head.findings, manifest.findings, finding_from_line));
  RESUS_TRY(lines.end());
  RESUS_TRY(check_manifest(manifest));
  RESUS_TRY(check_malware_scan(manifest));
  if (head.verdict != to_string(verdict_of(manifest))) {
    return hw::fail(hw::Code::kBadInput, "backup manifest: it says " + head.verdict + ", its findings say otherwise");
  }
  return std::move(manifest);
}

}  // namespace resus::imaging
