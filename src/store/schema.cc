#include "store/schema.h"

#include <array>

#include "os/file.h"
#include "os/paths.h"

namespace tare::store {
namespace {

constexpr int64_t kVersion = 1;

// `boot`: the id of the boot in which the files were written, until they are known to be on disk; then NULL. What was
// not on disk when the machine went down may be torn, so a row of another boot counts as absent.
//
// image_part lists by digest all that an image needs (manifest, config, layer blobs, diff ids): garbage collection is
// then a query, and never parses a manifest.
constexpr const char* kTables = R"sql(
CREATE TABLE blob(digest TEXT PRIMARY KEY, size INTEGER NOT NULL, boot TEXT);
CREATE TABLE layer(
  diff_id TEXT PRIMARY KEY,
  directory TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  boot TEXT,
  gaps INTEGER NOT NULL,
  compromises INTEGER NOT NULL);
CREATE TABLE layer_gap(diff_id TEXT NOT NULL, path TEXT NOT NULL, target TEXT, PRIMARY KEY(diff_id, path)) WITHOUT ROWID;
CREATE TABLE chain_patch(chain TEXT PRIMARY KEY, directory TEXT NOT NULL, boot TEXT);
CREATE TABLE image(
  manifest TEXT PRIMARY KEY,
  media_type TEXT NOT NULL,
  manifest_size INTEGER NOT NULL,
  config TEXT NOT NULL,
  created TEXT NOT NULL,
  size INTEGER NOT NULL,
  manifest_json TEXT NOT NULL,
  config_json TEXT NOT NULL);
CREATE INDEX image_config ON image(config);
CREATE TABLE image_part(manifest TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(manifest, digest)) WITHOUT ROWID;
CREATE TABLE name(reference TEXT PRIMARY KEY, manifest TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX name_manifest ON name(manifest);
CREATE TABLE pin(owner TEXT PRIMARY KEY, manifest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lease(id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE lease_item(lease TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(lease, digest)) WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 7> kDirectories = {"blobs",  "blobs/sha256", "blobs/sha512", "ingest",
                                                     "layers", "leases",       "work"};
// Where trees of files begin.
constexpr std::array<const char*, 2> kSpreadDirectories = {"ingest", "work"};

Result<int64_t> read_version(Database& database) {
  auto statement = TRY(database.prepare("PRAGMA user_version"));
  TRY(statement.step());
  return statement.integer(0);
}

// Private to the user: layers hold set-user-id programs and whatever secrets an image carries.
Result<void> make_store_directories(const std::string& root) {
  if (const size_t slash = root.find_last_of('/'); slash != std::string::npos && slash > 0) {
    TRY(os::make_data_directory(root.substr(0, slash)));
  }
  TRY(os::make_directories(root, 0700));
  for (const char* name : kDirectories) TRY(os::make_directories(formatted("{}/{}", root, name), 0700));
  for (const char* name : kSpreadDirectories) os::spread_directories(formatted("{}/{}", root, name));
  if (!os::exists(root + "/oci-layout")) {
    TRY(os::write_file_atomic(root + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
    TRY(os::write_file_atomic(root + "/index.json", R"({"manifests":[],"schemaVersion":2})"));
  }
  return {};
}

Result<void> make_tables(Database& database) {
  TRY(database.use_write_ahead_log());
  auto transaction = TRY(database.begin());
  if (TRY(read_version(database)) != 0) return {};  // another process was faster
  TRY(database.execute(kTables));
  TRY(database.execute(formatted("PRAGMA user_version={}", kVersion)));
  return transaction.commit();
}

}  // namespace

Result<Database> open_store_database(const std::string& root) {
  const std::string path = root + "/tare.db";
  if (!os::exists(path)) TRY(make_store_directories(root));
  auto database = TRY(Database::open(path));
  const int64_t version = TRY(read_version(database));
  if (version == kVersion) return database;
  if (version > kVersion) {
    return Failure(ErrorKind::kUnsupported, "the store {} has version {}, this program knows {}", root, version,
                   kVersion)
        .with_hint("use the newer program that made it, or another --root");
  }
  TRY(make_store_directories(root));
  TRY(make_tables(database));
  return database;
}

}  // namespace tare::store
