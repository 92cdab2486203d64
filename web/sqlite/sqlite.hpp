#pragma once
// SQLite with Result and owners, for the catalogue and for what Sleuthkit writes.
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "hw/result.hpp"

namespace resus::sqlite {

using hw::Result;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

[[nodiscard]] inline hw::Code kind_of(int extended_code) {
  switch (extended_code & 0xff) {
    case SQLITE_FULL: return hw::Code::kSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN: return hw::Code::kRead;
    default: break;
  }
  const bool reading = extended_code == SQLITE_IOERR_READ || extended_code == SQLITE_IOERR_SHORT_READ;
  return reading ? hw::Code::kRead : hw::Code::kWrite;
}

/// Errors of the last call: kSpace, kRead when the file cannot be read or is no database, otherwise kWrite.
[[nodiscard]] inline hw::Error error_of(sqlite3* database, std::string_view what) {
  return hw::make_error(kind_of(sqlite3_extended_errcode(database)), "SQLite: " + std::string(what) + ": " + sqlite3_errmsg(database));
}

[[nodiscard]] inline Result<void> execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return hw::failure(error_of(database, sql));
  return hw::success();
}

/// One prepared statement, values bound in order. Threads: the connection's lock is held by the caller.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    ok_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& bind(std::string_view text) {
    ok_ = ok_ && sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT) == SQLITE_OK;
    return *this;
  }
  Statement& bind(std::int64_t number) {
    ok_ = ok_ && sqlite3_bind_int64(statement_, ++bound_, number) == SQLITE_OK;
    return *this;
  }
  /// True while there is a row.
  [[nodiscard]] Result<bool> step() {
    const int result = ok_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return hw::failure(error_of(database_, "statement"));
  }
  [[nodiscard]] Result<void> run() {
    RESUS_TRY(step());
    return hw::success();
  }
  [[nodiscard]] std::string text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool ok_ = false;
};

/// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (open_) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  [[nodiscard]] Result<void> begin() {
    RESUS_TRY(execute(database_, "BEGIN IMMEDIATE"));
    open_ = true;
    return hw::success();
  }
  [[nodiscard]] Result<void> commit() {
    RESUS_TRY(execute(database_, "COMMIT"));
    open_ = false;
    return hw::success();
  }

 private:
  sqlite3* database_;
  bool open_ = false;
};

}  // namespace resus::sqlite
