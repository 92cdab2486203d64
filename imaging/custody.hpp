#pragma once
// The custody log: who did what to which machine, when and why. FORMAT.md section 11.
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "imaging/block.hpp"
#include "imaging/envelope.hpp"

namespace resus::imaging {

/// What is to be written down.
struct CustodyEvent {
  std::string actor;         ///< a person's sign-in, "depot", or "agent <machine>"
  std::string machine;       ///< machine id, empty if it concerns none
  std::string action;        ///< "approve", "evidence.complete", "permit.issue" …
  std::string reason;        ///< why, in the actor's words; may be empty
  std::string details = "{}";  ///< a JSON object
};

/// One line as it stands in the log.
struct CustodyEntry {
  std::uint64_t sequence = 0;  ///< from 1, without gap
  Digest previous;             ///< SHA-256 of the line before, its newline excluded; zeros for the first
  std::string time;            ///< RFC 3339, UTC, milliseconds
  CustodyEvent event;
};

/// What is shown and printed, so that it can be kept outside: it pins everything before it.
struct CustodyHead {
  std::uint64_t sequence = 0;  ///< 0: the log is empty
  Digest line;                 ///< SHA-256 of the last line
};
/// "42:3f0a…" (sequence and 64 hex digits).
[[nodiscard]] std::string to_string(const CustodyHead& head);

/// Appends to one log. Threads: any. One writer a file.
class CustodyLog {
 public:
  /// Opens or creates. A torn last line (power loss) is cut off and the cut is noted in a new line.
  /// Errors: kEvidenceDamaged when the last whole line does not verify; file system errors.
  /// `key`, `clock` and `files` must outlive the log. `former_keys`: keys used before this one.
  [[nodiscard]] static Result<std::unique_ptr<CustodyLog>> open(
      hw::FileSystem& files, std::string path, const SigningKey& key, const hw::Clock& clock,
      std::span<const PublicKey> former_keys = {});
  /// Durable when it returns. Errors: kSpace, kWrite: then the line is not in the log, and the next
  /// append() begins by cutting off what the failed one may have left. kBadInput: details are not
  /// a JSON object, or the line would be too long.
  [[nodiscard]] Result<CustodyEntry> append(const CustodyEvent& event);
  [[nodiscard]] CustodyHead head() const;

 private:
  CustodyLog(hw::FileSystem& files, std::string path, const SigningKey& key, const hw::Clock& clock)
      : files_(files), path_(std::move(path)), key_(key), clock_(clock) {}
  Result<void> recover(std::span<const PublicKey> former_keys);
  Result<void> note_cut(std::string_view torn);
  Result<CustodyEntry> append_locked(const CustodyEvent& event);
  Result<void> write_durably(std::string_view line);
  Result<void> reopen();

  hw::FileSystem& files_;
  std::string path_;
  const SigningKey& key_;
  const hw::Clock& clock_;
  mutable std::mutex mutex_;
  std::unique_ptr<hw::AppendFile> file_;  ///< empty: must be cut to good_bytes_ and opened again
  std::uint64_t good_bytes_ = 0;          ///< length of everything that is durable
  CustodyHead head_;
};

/// What a check of a whole log found.
struct CustodyReport {
  std::uint64_t entries = 0;            ///< lines that verify, from the first on
  CustodyHead head;                     ///< of the last of them
  std::uint64_t torn_bytes = 0;         ///< unfinished last line: a crash, no tampering
  std::optional<std::uint64_t> first_broken_line;  ///< counted from 1
  std::string problem;                  ///< what is wrong with that line
};

/// Checks every line from public keys alone: signature, sequence, chain. `each` sees the good ones.
/// A broken line is a finding in the report, not an Error. Errors: file system errors, kCancelled.
[[nodiscard]] Result<CustodyReport> verify_custody(
    hw::FileSystem& files, const std::string& path, std::span<const PublicKey> trusted,
    const std::function<void(const CustodyEntry&)>& each = {}, const std::stop_token& stop = {});

/// One line, its signature checked, the chain not. Errors: kEvidenceDamaged, kBadInput.
[[nodiscard]] Result<CustodyEntry> parse_custody_line(std::string_view line,
                                                      std::span<const PublicKey> trusted);

}  // namespace resus::imaging
