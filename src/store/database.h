// SQLite, as thin as it can be: statements with bound values, transactions that roll back by themselves.
// One connection; write-ahead log, so readers never wait for a writer; `synchronous=NORMAL`: a power loss may drop the
// last transactions, never a part of one. Not for use by two threads at once.
//
// The log is kept when the last connection closes: closing never waits for the disk. Opening reads all of it, and the
// first write after it was moved into the database waits for the disk; so what nobody waits for calls trim_log().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tare::store {

// A prepared statement. Bind in order, then step; columns are read by number, from 0.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  Statement& bind(std::string_view text);
  Statement& bind(int64_t number);
  Statement& bind_null();
  Statement& reset();   // runs again, with new values
  Result<bool> step();  // true: a row is there; false: done
  Result<void> run();   // for statements without rows
  std::string text(int column) const;
  std::optional<std::string> optional_text(int column) const;
  int64_t integer(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* connection, sqlite3_stmt* statement);
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int next_parameter_ = 1;
};

// Write transaction (BEGIN IMMEDIATE): rolled back when destroyed without commit(). Inside another one of the same
// connection it is a savepoint: its work becomes permanent with the outer one.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  ~Transaction();
  Result<void> commit();

 private:
  friend class Database;
  Transaction(sqlite3* connection, bool nested) : connection_(connection), nested_(nested) {}
  sqlite3* connection_;  // null: committed or moved from
  bool nested_;
};

class Database {
 public:
  static Result<Database> open(const std::string& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();
  Result<void> execute(const std::string& sql);  // one or more statements without values
  // For a new database: SQLite refuses this change at once while another process looks, here it waits its turn.
  Result<void> use_write_ahead_log();
  // A violated UNIQUE constraint is kAlreadyExists when the statement runs.
  Result<Statement> prepare(std::string_view sql);
  Result<Transaction> begin();  // waits up to 10 s for another process's transaction
  int64_t changes() const;      // rows that the last statement changed
  // Moves the log into the database and empties it, both synced, unless another process is reading: for commands that
  // are slow anyway, so that the fast ones find a short log. Best effort.
  void checkpoint();
  // A log of at least so many pages is moved into the database, and the next one is begun. Best effort.
  void trim_log(int least_pages = kTrimPages);
  static constexpr int kTrimPages = 50;

 private:
  explicit Database(sqlite3* connection);
  sqlite3* connection_;
};

}  // namespace tare::store
