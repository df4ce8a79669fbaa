#include "store/core.h"

#include "os/file.h"
#include "store/schema.h"

namespace tare::store {
namespace {

// Every opening reads the log, 1.3 us a page. Many starts without an end between them, whose cleanup trims it for
// nobody's cost, must not let it grow: SQLite's own checkpoints start a log anew only in a process that writes again.
constexpr int kLongLog = 250;

}  // namespace

Core::Core(std::string root, Database database)
    : root_(std::move(root)),
      database_(std::move(database)),
      opener_(std::this_thread::get_id()),
      session_(std::make_shared<Session>(root_)) {}

Result<std::unique_ptr<Core>> Core::open(const std::string& root) {
  auto database = TRY(open_store_database(root).context(formatted("open store {}", root)));
  return std::unique_ptr<Core>(new Core(root, std::move(database)));
}

// A Lease may outlive the store; then its claims end with its lock.
Core::~Core() {
  if (session_.use_count() == 1) session_->end(database_);
  database_.trim_log(kLongLog);
}

std::string Core::blob_path(const oci::Digest& digest) const {
  return formatted("{}/blobs/{}/{}", root_, digest.algorithm(), digest.hex());
}

Result<std::string> Core::new_ingest_path(std::string_view prefix) const {
  return ingest_path(formatted("{}-{}", prefix, hex(TRY(os::random_bytes(8)))));
}

Result<Core::Connection> Core::connect() {
  if (std::this_thread::get_id() == opener_) return Connection(*this, database_);
  {
    const std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      Connection connection(*this, std::move(idle_.back()));
      idle_.pop_back();
      return connection;
    }
  }
  return Connection(*this, TRY(Database::open(root_ + "/tare.db")));
}

void Core::give_back(Database database) {
  const std::lock_guard guard(mutex_);
  idle_.push_back(std::move(database));
}

Result<std::string> Core::boot_id() {
  const std::lock_guard guard(mutex_);
  if (boot_id_.empty()) boot_id_ = trim(TRY(os::read_file("/proc/sys/kernel/random/boot_id", 4096)));
  return boot_id_;
}

Result<void> Core::claim(const oci::Digest& digest) {
  auto database = TRY(connect());
  return session_->claim(*database, digest.string());
}

Result<void> Core::claim_if_leased(const oci::Digest& digest) {
  if (!session_->held()) return {};
  return claim(digest);
}

Result<std::string> Core::make_work_directory() {
  const std::string name = hex(TRY(os::random_bytes(8)));
  const std::string path = formatted("{}/work/{}", root_, name);
  // The lock is taken first: a directory whose lock is free belongs to nobody.
  auto lock = TRY(os::FileLock::acquire(path + ".lock", os::FileLock::Mode::kExclusive));
  TRY(os::make_directory(path, 0700));
  const std::lock_guard guard(mutex_);
  work_locks_.push_back(std::move(lock));
  return path;
}

}  // namespace tare::store
