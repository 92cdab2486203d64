#include <mutex>

#include "web/depot/catalogue.hpp"
#include "web/sqlite/sqlite.hpp"
#include "web/depot/sqlite_migrations.hpp"

namespace resus::depot {
namespace {

using sqlite::Statement;

class SqliteCatalogue final : public Catalogue {
 public:
  explicit SqliteCatalogue(sqlite::Database database) : database_(std::move(database)) {}

  Result<void> migrate() {
    RESUS_TRY(sqlite::execute(db(), "PRAGMA journal_mode=WAL"));
    RESUS_TRY(sqlite::execute(db(), "PRAGMA synchronous=FULL"));
    sqlite3_busy_timeout(db(), 5000);
    std::int64_t version = 0;
    {
      Statement ask(db(), "PRAGMA user_version");
      RESUS_TRY(ask.step());
      version = ask.number(0);
    }
    const auto newest = static_cast<std::int64_t>(kMigrations.size());
    if (version > newest) return hw::fail(hw::Code::kConflict, "the catalogue is from a newer version of the depot");
    for (; version < newest; ++version) {
      sqlite::Transaction transaction(db());
      RESUS_TRY(transaction.begin());
      RESUS_TRY(sqlite::execute(db(), kMigrations[static_cast<std::size_t>(version)]));
      RESUS_TRY(sqlite::execute(db(), ("PRAGMA user_version=" + std::to_string(version + 1)).c_str()));
      RESUS_TRY(transaction.commit());
    }
    return hw::success();
  }

  Result<StoredMachines> machines() override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT id,document FROM machines ORDER BY id");
    StoredMachines all;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return all;
      auto record = machine_from_json(select.text(1));
      if (record && record.value().id != select.text(0)) record = hw::fail(hw::Code::kBadInput, "machine.id: another machine's");
      if (record) all.records.push_back(std::move(record).value());
      else all.unreadable.push_back({.id = select.text(0), .why = record.error().context});
    }
  }

  Result<void> set_aside(const UnreadableMachine& machine, const TimelineEntry& line) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    RESUS_TRY(Statement(db(), "INSERT INTO set_aside(machine,document,t_ms,why) SELECT id,document,?,? FROM machines WHERE id=?")
                  .bind(line.t_ms).bind(machine.why).bind(machine.id).run());
    RESUS_TRY(Statement(db(), "DELETE FROM machines WHERE id=?").bind(machine.id).run());
    RESUS_TRY(insert(machine.id, line));
    return transaction.commit();
  }

  Result<void> save(const MachineRecord& record, const std::vector<TimelineEntry>& lines,
                    const std::vector<FinishedStage>& stages) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    RESUS_TRY(Statement(db(), "INSERT INTO machines VALUES(?,?) ON CONFLICT(id) DO UPDATE SET document=excluded.document")
                  .bind(record.id).bind(to_json(record)).run());
    for (const auto& line : lines) {
      RESUS_TRY(insert(record.id, line));
    }
    for (const auto& stage : stages) {
      RESUS_TRY(insert(stage));
    }
    return transaction.commit();
  }

  Result<void> forget(std::string_view machine_id) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    for (const char* sql : {"DELETE FROM machines WHERE id=?", "DELETE FROM timeline WHERE machine=?", "DELETE FROM log WHERE machine=?"}) {
      RESUS_TRY(Statement(db(), sql).bind(machine_id).run());
    }
    return transaction.commit();
  }

  Result<std::vector<FinishedStage>> finished_stages(std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT machine,attempt,phase,worked_ms,bytes,size_class,model,link_mbit,content,finished_ms"
                           " FROM (SELECT * FROM stages ORDER BY n DESC LIMIT ?) ORDER BY n");
    select.bind(static_cast<std::int64_t>(limit));
    std::vector<FinishedStage> all;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return all;
      RESUS_TRY(const auto phase, imaging::phase_from(select.text(2)));
      const auto number32 = [&](int column) { return static_cast<std::uint32_t>(select.number(column)); };
      all.push_back({.machine_id = select.text(0), .attempt = number32(1), .phase = phase, .worked_ms = select.number(3),
                     .bytes = static_cast<std::uint64_t>(select.number(4)),
                     .likeness = {.size_class = number32(5), .model = select.text(6), .link_mbit = number32(7), .content = select.text(8)},
                     .finished_at_ms = select.number(9)});
    }
  }

  Result<std::vector<TimelineEntry>> timeline(std::string_view machine_id) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT t_ms,actor,action,text,code,machine FROM timeline WHERE machine=? ORDER BY n");
    select.bind(machine_id);
    return entries(select);
  }

  Result<std::vector<TimelineEntry>> recent(std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT t_ms,actor,action,text,code,machine FROM timeline ORDER BY n DESC LIMIT ?");
    select.bind(static_cast<std::int64_t>(limit));
    return entries(select);
  }

  Result<void> append_log(std::string_view machine_id, const std::vector<StoredLogLine>& lines) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    for (const auto& line : lines) {
      RESUS_TRY(Statement(db(), "INSERT INTO log(machine,t,level,text) VALUES(?,?,?,?)")
                    .bind(machine_id).bind(line.t).bind(line.level).bind(line.text).run());
    }
    RESUS_TRY(Statement(db(), "DELETE FROM log WHERE machine=? AND n <= (SELECT n FROM log WHERE machine=? ORDER BY n DESC LIMIT 1 OFFSET ?)")
                  .bind(machine_id).bind(machine_id).bind(std::int64_t{kMostLogLines}).run());
    return transaction.commit();
  }

  Result<std::vector<StoredLogLine>> log(std::string_view machine_id) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT t,level,text FROM log WHERE machine=? ORDER BY n");
    select.bind(machine_id);
    std::vector<StoredLogLine> lines;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return lines;
      lines.push_back({select.text(0), select.text(1), select.text(2)});
    }
  }

  Result<void> put_operator(const Operator& who) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "INSERT OR REPLACE INTO operators VALUES(?,?,?)").bind(who.name).bind(who.role).bind(who.password).run();
  }

  Result<std::optional<Operator>> find_operator(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT name,role,password FROM operators WHERE name=?");
    RESUS_TRY(const bool row, select.bind(name).step());
    if (!row) return std::optional<Operator>();
    return std::optional(Operator{select.text(0), select.text(1), select.text(2)});
  }

  Result<std::vector<Operator>> operators() override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT name,role,password FROM operators ORDER BY name");
    std::vector<Operator> all;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return all;
      all.push_back({select.text(0), select.text(1), select.text(2)});
    }
  }

  Result<void> remove_operator(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    RESUS_TRY(Statement(db(), "DELETE FROM sessions WHERE user=?").bind(name).run());
    RESUS_TRY(Statement(db(), "DELETE FROM operators WHERE name=?").bind(name).run());
    return transaction.commit();
  }

  Result<void> put_session(const Session& session) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "INSERT OR REPLACE INTO sessions VALUES(?,?,?,?)")
        .bind(session.token_sha256).bind(session.user).bind(session.role).bind(session.expires_at_ms).run();
  }

  Result<std::optional<Session>> find_session(std::string_view token) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT token,user,role,expires_ms FROM sessions WHERE token=?");
    RESUS_TRY(const bool row, select.bind(token).step());
    if (!row) return std::optional<Session>();
    return std::optional(Session{select.text(0), select.text(1), select.text(2), select.number(3)});
  }

  Result<void> remove_session(std::string_view token) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "DELETE FROM sessions WHERE token=?").bind(token).run();
  }

  Result<void> remove_expired(std::int64_t now_ms) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "DELETE FROM sessions WHERE expires_ms < ?").bind(now_ms).run();
  }

  Result<void> put_batch(std::string_view id, std::string_view json) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "INSERT OR REPLACE INTO batches VALUES(?,?)").bind(id).bind(json).run();
  }

  Result<std::optional<std::string>> find_batch(std::string_view id) override {
    return one_text("SELECT document FROM batches WHERE id=?", id);
  }

  Result<void> remember_reply(std::string_view key, const StoredReply& reply) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    RESUS_TRY(Statement(db(), "INSERT OR REPLACE INTO replies(key,fingerprint,status,body) VALUES(?,?,?,?)")
                  .bind(key).bind(reply.fingerprint).bind(static_cast<std::int64_t>(reply.status)).bind(reply.body).run());
    RESUS_TRY(Statement(db(), "DELETE FROM replies WHERE n <= (SELECT n FROM replies ORDER BY n DESC LIMIT 1 OFFSET ?)")
                  .bind(std::int64_t{kMostReplies}).run());
    return transaction.commit();
  }

  Result<std::optional<StoredReply>> find_reply(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT fingerprint,status,body FROM replies WHERE key=?");
    RESUS_TRY(const bool row, select.bind(key).step());
    if (!row) return std::optional<StoredReply>();
    return std::optional(StoredReply{select.text(0), static_cast<unsigned>(select.number(1)), select.text(2)});
  }

  Result<void> put_job(const StoredJob& job) override {
    const std::lock_guard lock(mutex_);
    sqlite::Transaction transaction(db());
    RESUS_TRY(transaction.begin());
    RESUS_TRY(Statement(db(), "INSERT INTO jobs(id,ended,document) VALUES(?,?,?)"
                              " ON CONFLICT(id) DO UPDATE SET ended=excluded.ended, document=excluded.document")
                  .bind(job.id).bind(std::int64_t{job.ended}).bind(job.document).run());
    RESUS_TRY(Statement(db(), "DELETE FROM jobs WHERE ended AND n <= (SELECT n FROM jobs WHERE ended ORDER BY n DESC LIMIT 1 OFFSET ?)")
                  .bind(std::int64_t{kMostEndedJobs}).run());
    return transaction.commit();
  }

  Result<std::vector<StoredJob>> jobs() override {
    const std::lock_guard lock(mutex_);
    Statement select(db(), "SELECT id,ended,document FROM jobs ORDER BY n");
    std::vector<StoredJob> all;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return all;
      all.push_back({.id = select.text(0), .ended = select.number(1) != 0, .document = select.text(2)});
    }
  }

  Result<void> put_setting(std::string_view name, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    return Statement(db(), "INSERT OR REPLACE INTO settings VALUES(?,?)").bind(name).bind(value).run();
  }

  Result<std::optional<std::string>> find_setting(std::string_view name) override {
    return one_text("SELECT value FROM settings WHERE name=?", name);
  }

 private:
  sqlite3* db() const { return database_.get(); }

  Result<void> insert(std::string_view machine, const TimelineEntry& line) {
    return Statement(db(), "INSERT INTO timeline(machine,t_ms,actor,action,text,code) VALUES(?,?,?,?,?,?)")
        .bind(machine).bind(line.t_ms).bind(line.actor).bind(line.action).bind(line.text).bind(line.code).run();
  }

  Result<void> insert(const FinishedStage& s) {
    return Statement(db(), "INSERT INTO stages(machine,attempt,phase,worked_ms,bytes,size_class,model,link_mbit,content,finished_ms)"
                           " VALUES(?,?,?,?,?,?,?,?,?,?)")
        .bind(s.machine_id).bind(std::int64_t{s.attempt}).bind(imaging::to_string(s.phase)).bind(s.worked_ms)
        .bind(static_cast<std::int64_t>(s.bytes)).bind(std::int64_t{s.likeness.size_class}).bind(s.likeness.model)
        .bind(std::int64_t{s.likeness.link_mbit}).bind(s.likeness.content).bind(s.finished_at_ms).run();
  }

  Result<std::optional<std::string>> one_text(const char* sql, std::string_view key) {
    const std::lock_guard lock(mutex_);
    Statement select(db(), sql);
    RESUS_TRY(const bool row, select.bind(key).step());
    if (!row) return std::optional<std::string>();
    return std::optional(select.text(0));
  }

  static Result<std::vector<TimelineEntry>> entries(Statement& select) {
    std::vector<TimelineEntry> all;
    for (;;) {
      RESUS_TRY(const bool row, select.step());
      if (!row) return all;
      all.push_back({select.number(0), select.text(1), select.text(2), select.text(3), select.text(4), select.text(5)});
    }
  }

  std::mutex mutex_;
  sqlite::Database database_;
};

}  // namespace

Result<std::unique_ptr<Catalogue>> open_sqlite_catalogue(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  sqlite::Database database(raw);
  if (opened != SQLITE_OK) return hw::failure(sqlite::error_of(raw, "open " + path));
  auto catalogue = std::make_unique<SqliteCatalogue>(std::move(database));
  RESUS_TRY(catalogue->migrate());
  return std::unique_ptr<Catalogue>(std::move(catalogue));
}

}  // namespace resus::depot
