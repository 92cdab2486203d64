#pragma once
// What the depot must not forget. Contract suite: tests/web/catalogue_contract.hpp.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/depot/machine_record.hpp"

namespace resus::depot {

struct Operator {
  std::string name;
  std::string role;      ///< "viewer", "technician", "supervisor", "admin", "wall"
  std::string password;  ///< scrypt (secrets.hpp), or a wall's token as kept_token() (operators.hpp)
};

/// A browser's session or a bearer token; kept by hash, so that a copied catalogue opens nothing.
struct Session {
  std::string token_sha256;
  std::string user;
  std::string role;
  std::int64_t expires_at_ms = 0;
};

struct StoredLogLine {
  std::string t, level, text;
};

/// The answer once given to an Idempotency-Key.
struct StoredReply {
  std::string fingerprint;  ///< of user and request, so that a key cannot be taken for another request
  unsigned status = 0;
  std::string body;
};

/// A job of the depot; what stands in it is the jobs' affair.
struct StoredJob {
  std::string id;
  bool ended = false;
  std::string document;  ///< JSON
};

/// A row of a machine that cannot be read: damaged, or made to be so.
struct UnreadableMachine {
  std::string id;
  std::string why;
};

struct StoredMachines {
  std::vector<MachineRecord> records;
  std::vector<UnreadableMachine> unreadable;
};

/// Everything is durable when a call returns; a call that fails has changed nothing. What is not there is an empty
/// answer, never an Error.
/// Errors:  kSpace (retryable), kWrite, kRead, kBadInput for a row that is not what was written.
/// Threads: any.
class Catalogue {
 public:
  static constexpr std::size_t kMostEndedJobs = 200;
  static constexpr std::size_t kMostLogLines = 2'000;  ///< of one machine
  static constexpr std::size_t kMostReplies = 10'000;  ///< a night's work of a whole room, several times over
  virtual ~Catalogue() = default;

  /// Rows that cannot be read are named, so that one of them never hides the others.
  [[nodiscard]] virtual Result<StoredMachines> machines() = 0;
  /// Moves such a row, as it is, out of the machines (table set_aside) and adds `line` to the machine's history.
  [[nodiscard]] virtual Result<void> set_aside(const UnreadableMachine& machine, const TimelineEntry& line) = 0;
  /// The record, the lines of its history and the stages it has finished: all of it, or nothing.
  [[nodiscard]] virtual Result<void> save(const MachineRecord& record, const std::vector<TimelineEntry>& lines,
                                          const std::vector<FinishedStage>& stages) = 0;
  /// Record, history and log of a machine that never was one; what the custody log says of it stays.
  [[nodiscard]] virtual Result<void> forget(std::string_view machine_id) = 0;
  /// The latest `limit` stages of all machines, oldest first.
  [[nodiscard]] virtual Result<std::vector<FinishedStage>> finished_stages(std::size_t limit) = 0;
  /// Oldest first.
  [[nodiscard]] virtual Result<std::vector<TimelineEntry>> timeline(std::string_view machine_id) = 0;
  /// Newest first, of all machines.
  [[nodiscard]] virtual Result<std::vector<TimelineEntry>> recent(std::size_t limit) = 0;

  /// Keeps the last kMostLogLines of a machine.
  [[nodiscard]] virtual Result<void> append_log(std::string_view machine_id, const std::vector<StoredLogLine>& lines) = 0;
  [[nodiscard]] virtual Result<std::vector<StoredLogLine>> log(std::string_view machine_id) = 0;

  [[nodiscard]] virtual Result<void> put_operator(const Operator& who) = 0;
  [[nodiscard]] virtual Result<std::optional<Operator>> find_operator(std::string_view name) = 0;
  /// Sorted by name.
  [[nodiscard]] virtual Result<std::vector<Operator>> operators() = 0;
  /// With all sessions of that name.
  [[nodiscard]] virtual Result<void> remove_operator(std::string_view name) = 0;
  [[nodiscard]] virtual Result<void> put_session(const Session& session) = 0;
  [[nodiscard]] virtual Result<std::optional<Session>> find_session(std::string_view token_sha256) = 0;
  [[nodiscard]] virtual Result<void> remove_session(std::string_view token_sha256) = 0;
  /// Sessions that ended before `now_ms`.
  [[nodiscard]] virtual Result<void> remove_expired(std::int64_t now_ms) = 0;

  [[nodiscard]] virtual Result<void> put_batch(std::string_view id, std::string_view json) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> find_batch(std::string_view id) = 0;
  /// Keeps the last kMostReplies of all.
  [[nodiscard]] virtual Result<void> remember_reply(std::string_view key, const StoredReply& reply) = 0;
  [[nodiscard]] virtual Result<std::optional<StoredReply>> find_reply(std::string_view key) = 0;

  /// In place of an earlier state of the same job. Keeps all that have not ended, and the last kMostEndedJobs, by their
  /// beginning, of those that have.
  [[nodiscard]] virtual Result<void> put_job(const StoredJob& job) = 0;
  /// By their beginning, oldest first.
  [[nodiscard]] virtual Result<std::vector<StoredJob>> jobs() = 0;

  /// Small settings: the plan, the rev counter's high mark.
  [[nodiscard]] virtual Result<void> put_setting(std::string_view name, std::string_view value) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> find_setting(std::string_view name) = 0;
};

/// SQLite, WAL, synchronous=FULL. Errors: kRead, kWrite, kConflict when the file is from a newer version.
[[nodiscard]] Result<std::unique_ptr<Catalogue>> open_sqlite_catalogue(const std::string& path);

}  // namespace resus::depot
