#include "store/database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace tare::store {
namespace {

constexpr int kBusyTimeoutMilliseconds = 10'000;
constexpr int kPageSize = 4096;
constexpr int kCheckpointPages = 1000;  // where no trim_log() came in between

ErrorKind kind_of(int extended_code) {
  if (extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return ErrorKind::kAlreadyExists;
  }
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorKind::kExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return ErrorKind::kPermissionDenied;
    default:
      return ErrorKind::kInternal;
  }
}

Error last_failure(sqlite3* connection, std::string_view doing, Origin origin = Origin::here()) {
  const char* const path = sqlite3_db_filename(connection, "main");
  const int code = sqlite3_extended_errcode(connection);
  const std::string object = formatted("{} ({})", path == nullptr ? "database" : path, sqlite3_errmsg(connection));
  const int number = sqlite3_system_errno(connection);
  if ((code & 0xff) == SQLITE_CANTOPEN && number != 0) return Error::from_errno(number, doing, object, origin);
  return Error(kind_of(code), formatted("{} {}", doing, object), origin);
}

bool run_quietly(sqlite3* connection, const char* sql) {
  return sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

int count_log_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Statement::Statement(sqlite3* connection, sqlite3_stmt* statement) : connection_(connection), statement_(statement) {}
Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(statement_, other.statement_);
  std::swap(next_parameter_, other.next_parameter_);
  return *this;
}
Statement::~Statement() { sqlite3_finalize(statement_); }

// A failed bind leaves NULL, which the statement's own constraints refuse; so only step() reports errors.
Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text(statement_, next_parameter_++, text.data() == nullptr ? "" : text.data(),
                    static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(int64_t number) {
  sqlite3_bind_int64(statement_, next_parameter_++, number);
  return *this;
}

Statement& Statement::bind_null() {
  sqlite3_bind_null(statement_, next_parameter_++);
  return *this;
}

Statement& Statement::reset() {
  sqlite3_reset(statement_);
  next_parameter_ = 1;
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return last_failure(connection_, "use database");
}

Result<void> Statement::run() {
  while (TRY(step())) {
  }
  return {};
}

std::string Statement::text(int column) const { return optional_text(column).value_or(""); }

std::optional<std::string> Statement::optional_text(int column) const {
  const auto* const text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), nested_(other.nested_) {}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // Fails only when SQLite has rolled back by itself already (full disk, I/O error), which is what is wanted.
  (void)run_quietly(connection_, nested_ ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK");
}

Result<void> Transaction::commit() {
  if (!run_quietly(connection_, nested_ ? "RELEASE nested" : "COMMIT")) {
    return last_failure(connection_, "commit to database");
  }
  connection_ = nullptr;
  return {};
}

Database::Database(sqlite3* connection) : connection_(connection) {}
Database::Database(Database&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(connection_, other.connection_);
  return *this;
}
Database::~Database() { sqlite3_close_v2(connection_); }

Result<Database> Database::open(const std::string& path) {
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database(connection);
  if (connection == nullptr) return Error(ErrorKind::kExhausted, "open database: out of memory");
  if (code != SQLITE_OK) {
    const int number = sqlite3_system_errno(connection);
    return Error::from_errno(number == 0 ? EIO : number, "open database", path);
  }
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyTimeoutMilliseconds);
  sqlite3_wal_autocheckpoint(connection, kCheckpointPages);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  int persist = 1;
  sqlite3_file_control(connection, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  TRY(database.execute("PRAGMA synchronous=NORMAL"));
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (!run_quietly(connection_, sql.c_str())) return last_failure(connection_, "use database");
  return {};
}

Result<void> Database::use_write_ahead_log() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMilliseconds);
  while (!run_quietly(connection_, "PRAGMA journal_mode=WAL")) {
    const bool busy = (sqlite3_errcode(connection_) & 0xff) == SQLITE_BUSY;
    if (!busy || std::chrono::steady_clock::now() > deadline) return last_failure(connection_, "open the log of");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return last_failure(connection_, "prepare a statement for database");
  }
  return Statement(connection_, statement);
}

Result<Transaction> Database::begin() {
  const bool nested = sqlite3_get_autocommit(connection_) == 0;
  if (!run_quietly(connection_, nested ? "SAVEPOINT nested" : "BEGIN IMMEDIATE")) {
    return last_failure(connection_, "begin a transaction in database");
  }
  return Transaction(connection_, nested);
}

void Database::checkpoint() {
  sqlite3_busy_timeout(connection_, 0);
  (void)sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(connection_, kBusyTimeoutMilliseconds);
}

void Database::trim_log(int least_pages) {
  struct stat log {};
  const std::string path = formatted("{}-wal", sqlite3_db_filename(connection_, "main"));
  if (::stat(path.c_str(), &log) != 0 || log.st_size < off_t{least_pages} * kPageSize) return;
  // The file may be longer than the log in it; only a commit tells how long that is. It marks the file as ours.
  constexpr const char* kAnyWrite = "PRAGMA application_id=0x74617265";
  int pages = 0;
  sqlite3_wal_hook(connection_, count_log_pages, &pages);
  (void)run_quietly(connection_, kAnyWrite);
  sqlite3_wal_autocheckpoint(connection_, kCheckpointPages);
  if (pages < least_pages) return;
  checkpoint();
  // The first write of a log is synced: this one, rather than a start's.
  (void)run_quietly(connection_, kAnyWrite);
}

int64_t Database::changes() const { return sqlite3_changes64(connection_); }

}  // namespace tare::store
