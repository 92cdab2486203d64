#include "imaging/custody.hpp"

#include <boost/json.hpp>

#include "imaging/custody_line.hpp"
#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// The end of a log: its last whole line and what follows it.
struct Tail {
  std::string last_line;           ///< without newline; empty if there is none
  std::string torn;                ///< what a crash left behind it
};

Tail split_tail(std::string_view bytes) {
  Tail tail;
  auto end = bytes.rfind('\n');
  std::string_view lines = end == std::string_view::npos ? "" : bytes.substr(0, end + 1);
  const auto last_of = [](std::string_view text) {
    const auto before = text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
    const auto start = before == std::string_view::npos ? 0 : before + 1;
    return text.substr(start, text.size() - 1 - start);
  };
  if (!lines.empty() && lines.size() == bytes.size() && is_torn(last_of(lines))) {
    lines.remove_suffix(last_of(lines).size() + 1);
  }
  tail.torn = bytes.substr(lines.size());
  if (!lines.empty()) tail.last_line = last_of(lines);
  return tail;
}

}  // namespace

std::string to_string(const CustodyHead& head) {
  return std::to_string(head.sequence) + ":" + to_hex(head.line);
}

Result<std::unique_ptr<CustodyLog>> CustodyLog::open(hw::FileSystem& files, std::string path,
                                                     const SigningKey& key, const hw::Clock& clock,
                                                     std::span<const PublicKey> former_keys) {
  std::unique_ptr<CustodyLog> log(new CustodyLog(files, std::move(path), key, clock));
  RESUS_TRY(log->recover(former_keys));
  return log;
}

Result<void> CustodyLog::recover(std::span<const PublicKey> former_keys) {
  RESUS_TRY(const bool exists, files_.exists(path_));
  if (!exists) return reopen();
  RESUS_TRY(const auto file, files_.open_read(path_));
  RESUS_TRY(const auto size, file->size_bytes());
  // A torn line and the whole one before it.
  std::string bytes(std::min<std::uint64_t>(size, 2 * kMaxCustodyLine), '\0');
  RESUS_TRY(file->read(size - bytes.size(), std::as_writable_bytes(std::span(bytes))));
  const auto tail = split_tail(bytes);
  good_bytes_ = size - tail.torn.size();
  if (tail.last_line.empty() && good_bytes_ > 0) {
    return hw::fail(Code::kEvidenceDamaged, path_ + ": no whole line at its end");
  }
  if (!tail.last_line.empty()) {
    std::vector<PublicKey> trusted(former_keys.begin(), former_keys.end());
    trusted.push_back(key_.public_key());
    auto last = parse_custody_line(tail.last_line, trusted);
    if (!last) return hw::failure(std::move(last).error().within(path_ + ": last line"));
    head_ = {.sequence = last.value().sequence, .line = line_digest(tail.last_line)};
  }
  RESUS_TRY(reopen());
  return tail.torn.empty() ? hw::success() : note_cut(tail.torn);
}

Result<void> CustodyLog::note_cut(std::string_view torn) {
  const boost::json::object details{{"bytes", torn.size()},
                                    {"sha256", to_hex(line_digest(torn))}};
  RESUS_TRY(append_locked({.actor = "depot",
                           .machine = "",
                           .action = "custody.torn_line_cut",
                           .reason = "the last line was unfinished when the depot stopped",
                           .details = boost::json::serialize(details)}));
  return hw::success();
}

Result<void> CustodyLog::reopen() {
  file_.reset();
  RESUS_TRY(const bool exists, files_.exists(path_));
  if (exists) {
    RESUS_TRY(files_.truncate(path_, good_bytes_));
  }
  RESUS_TRY(auto file, files_.open_append(path_));
  RESUS_TRY(files_.sync_directory(directory_of(path_)));
  file_ = std::move(file);
  return hw::success();
}

Result<void> CustodyLog::write_durably(std::string_view line) {
  if (!file_) {
    RESUS_TRY(reopen());
  }
  auto written = file_->append(std::as_bytes(std::span(line)));
  if (written) written = file_->sync();
  if (!written) {
    file_.reset();  // what reached the file is unknown: the next append cuts it off
    return written;
  }
  good_bytes_ += line.size();
  return hw::success();
}

Result<CustodyEntry> CustodyLog::append(const CustodyEvent& event) {
  const std::lock_guard lock(mutex_);
  return append_locked(event);
}

Result<CustodyEntry> CustodyLog::append_locked(const CustodyEvent& event) {
  RESUS_TRY(const auto details, parse_json(event.details, "custody details"));
  if (!details.is_object()) return hw::fail(Code::kBadInput, "custody details: not an object");
  CustodyEntry entry{.sequence = head_.sequence + 1,
                     .previous = head_.line,
                     .time = hw::to_rfc3339(clock_.now()),
                     .event = event};
  RESUS_TRY(auto line, seal(key_, Purpose::kCustody, to_json(entry, details)));
  if (line.size() + 1 > kMaxCustodyLine) return hw::fail(Code::kBadInput, "custody line: too long");
  const CustodyHead head{.sequence = entry.sequence, .line = line_digest(line)};
  RESUS_TRY(write_durably(line + "\n"));
  head_ = head;
  return entry;
}

CustodyHead CustodyLog::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

}  // namespace resus::imaging
