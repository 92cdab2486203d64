// One line of the custody log and the check of a whole log.
#include <openssl/evp.h>

#include <boost/json.hpp>

#include "imaging/custody.hpp"
#include "imaging/custody_line.hpp"
#include "imaging/json_fields.hpp"

namespace resus::imaging {

using hw::Code;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

/// Keeps the state of a check from line to line.
class ChainCheck {
 public:
  ChainCheck(std::span<const PublicKey> trusted,
             const std::function<void(const CustodyEntry&)>& each)
      : trusted_(trusted), each_(each) {}

  /// False after the first broken line.
  bool take(std::string_view line) {
    if (auto good = check(line); !good) {
      report_.first_broken_line = report_.entries + 1;
      report_.problem = good.error().context;
      return false;
    }
    return true;
  }
  CustodyReport& report() { return report_; }

 private:
  Result<void> check(std::string_view line) {
    RESUS_TRY(const auto entry, parse_custody_line(line, trusted_));
    if (entry.sequence != report_.head.sequence + 1) {
      return hw::fail(Code::kEvidenceDamaged, "sequence is " + std::to_string(entry.sequence) +
                                                  ", expected " +
                                                  std::to_string(report_.head.sequence + 1));
    }
    if (entry.previous != report_.head.line) {
      return hw::fail(Code::kEvidenceDamaged, "does not continue the line before");
    }
    report_.entries += 1;
    report_.head = {.sequence = entry.sequence, .line = line_digest(line)};
    if (each_) each_(entry);
    return hw::success();
  }
  std::span<const PublicKey> trusted_;
  const std::function<void(const CustodyEntry&)>& each_;
  CustodyReport report_;
};

}  // namespace

Digest line_digest(std::string_view line) {
  Digest digest;
  EVP_Digest(line.data(), line.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::string to_json(const CustodyEntry& entry, const boost::json::value& details) {
  return boost::json::serialize(boost::json::object{
      {"seq", entry.sequence},
      {"prev", to_hex(entry.previous)},
      {"time", entry.time},
      {"actor", entry.event.actor},
      {"machine", entry.event.machine},
      {"action", entry.event.action},
      {"reason", entry.event.reason},
      {"details", details},
  });
}

Result<CustodyEntry> parse_custody_line(std::string_view line, std::span<const PublicKey> trusted) {
  RESUS_TRY(const auto payload,
            open_envelope(line, Purpose::kCustody, trusted, Code::kEvidenceDamaged));
  RESUS_TRY(const auto value, parse_json(payload, "custody line"));
  RESUS_TRY(JsonFields fields, JsonFields::of(value, "custody line"));
  CustodyEntry entry;
  RESUS_TRY(entry.sequence, fields.size("seq"));
  RESUS_TRY(entry.previous, fields.digest("prev"));
  RESUS_TRY(entry.time, fields.text("time"));
  RESUS_TRY(entry.event.actor, fields.text("actor"));
  RESUS_TRY(entry.event.machine, fields.text("machine"));
  RESUS_TRY(entry.event.action, fields.text("action"));
  RESUS_TRY(entry.event.reason, fields.text("reason"));
  const auto* details = fields.optional("details");
  if (details == nullptr || !details->is_object()) {
    return hw::fail(Code::kBadInput, "custody line: field details is not an object");
  }
  RESUS_TRY(fields.no_others());
  entry.event.details = boost::json::serialize(*details);
  return entry;
}

Result<CustodyReport> verify_custody(hw::FileSystem& files, const std::string& path,
                                     std::span<const PublicKey> trusted,
                                     const std::function<void(const CustodyEntry&)>& each, const std::stop_token& stop) {
  RESUS_TRY(const auto file, files.open_read(path));
  RESUS_TRY(const auto size, file->size_bytes());
  ChainCheck check(trusted, each);
  std::string pending;
  for (std::uint64_t offset = 0; offset < size;) {
    if (stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "checking the custody log was stopped");
    const auto count = std::min<std::uint64_t>(kReadBytes, size - offset);
    const auto kept = pending.size();
    pending.resize(kept + count);
    RESUS_TRY(file->read(offset, std::as_writable_bytes(std::span(pending)).subspan(kept)));
    offset += count;
    std::size_t start = 0;
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', start)) {
      const auto line = std::string_view(pending).substr(start, end - start);
      const bool last = offset == size && end + 1 == pending.size();
      if (last && is_torn(line)) {
        check.report().torn_bytes = line.size() + 1;
        return check.report();
      }
      if (!check.take(line)) return check.report();
      start = end + 1;
    }
    pending.erase(0, start);
    if (pending.size() > kMaxCustodyLine && offset < size) {
      check.take(pending);
      return check.report();
    }
  }
  check.report().torn_bytes = pending.size();
  return check.report();
}

}  // namespace resus::imaging
