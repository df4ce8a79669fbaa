// What every part of the store shares: where things are, connections to the database, and this process's claims.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "oci/digest.h"
#include "store/database.h"
#include "store/session.h"
#include "store/store.h"

namespace tare::store {

class Core {
 public:
  // A connection for the length of a call. The thread that opened the store gets Database& Store::database() itself,
  // so that the engine's transaction and ours are one; other threads share a pool.
  class Connection {
   public:
    Connection(Core& core, Database& borrowed) : core_(core), database_(&borrowed) {}
    Connection(Core& core, Database&& owned)
        : core_(core), owned_(std::make_unique<Database>(std::move(owned))), database_(owned_.get()) {}
    Connection(Connection&&) = default;
    ~Connection() {
      if (owned_) core_.give_back(std::move(*owned_));
    }
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_; }

   private:
    Core& core_;
    std::unique_ptr<Database> owned_;
    Database* database_;
  };

  static Result<std::unique_ptr<Core>> open(const std::string& root);
  ~Core();

  const std::string& root() const { return root_; }
  std::string blob_path(const oci::Digest& digest) const;
  std::string ingest_path(std::string_view name) const { return formatted("{}/ingest/{}", root_, name); }
  std::string layers_path() const { return root_ + "/layers"; }
  std::string layer_path(std::string_view directory) const { return formatted("{}/layers/{}", root_, directory); }
  // A new name in ingest/ for something that is on its way out; collect_garbage removes it if this process cannot.
  Result<std::string> new_ingest_path(std::string_view prefix) const;

  Database& main_database() { return database_; }
  Result<Connection> connect();
  Result<std::string> boot_id();
  std::shared_ptr<Session> session() { return session_; }
  // Keeps `digest` from garbage collection while this process lives or until an image reaches it.
  Result<void> claim(const oci::Digest& digest);
  // The same, but only while the caller holds a Lease: for things that are looked up, not made.
  Result<void> claim_if_leased(const oci::Digest& digest);

  Result<std::string> make_work_directory();

 private:
  Core(std::string root, Database database);
  void give_back(Database database);

  std::string root_;
  Database database_;
  std::thread::id opener_;
  std::mutex mutex_;  // guards what follows
  std::vector<Database> idle_;
  std::string boot_id_;
  std::vector<os::FileLock> work_locks_;
  std::shared_ptr<Session> session_;  // has its own mutex
};

struct Store::State {
  std::unique_ptr<Core> core;
};

}  // namespace tare::store
