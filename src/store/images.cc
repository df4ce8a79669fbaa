// An image's row is made when all that it needs is here; its name when all that is also on disk. So whatever has a name
// survives a power loss. One syncfs serves all layers of the image, and whatever else was made before it.
#include "store/images.h"

#include <array>

#include "oci/manifest.h"
#include "os/file.h"
#include "store/blobs.h"
#include "store/failpoint.h"
#include "store/layers.h"

namespace tare::store {
namespace {

Result<uint64_t> sum_layer_sizes(Database& database, const std::vector<oci::Digest>& diff_ids) {
  uint64_t total = 0;
  auto statement = TRY(database.prepare("SELECT size FROM layer WHERE diff_id = ?"));
  for (const auto& diff_id : diff_ids) {
    TRY(statement.reset().bind(diff_id.string()).step());
    total += static_cast<uint64_t>(statement.integer(0));
  }
  return total;
}

Result<void> check_parts(Core& core, Database& database, const oci::Manifest& manifest,
                         const oci::ImageConfig& config) {
  if (manifest.layers.size() != config.diff_ids.size()) {
    return Failure(ErrorKind::kCorrupt, "the manifest has {} layers, the image configuration {}",
                   manifest.layers.size(), config.diff_ids.size());
  }
  for (const auto& layer : manifest.layers) {
    if (!TRY(find_blob(core, layer.digest))) {
      return Failure(ErrorKind::kNotFound, "blob {} is not in the store", layer.digest.string());
    }
  }
  for (const auto& diff_id : config.diff_ids) {
    if (!TRY(find_layer(core, database, diff_id))) {
      return Failure(ErrorKind::kNotFound, "layer {} is not in the store", diff_id.string());
    }
  }
  return {};
}

Result<void> insert_parts(Database& database, const oci::Descriptor& descriptor, const oci::Manifest& manifest,
                          const oci::ImageConfig& config) {
  auto insert = TRY(database.prepare("INSERT OR IGNORE INTO image_part(manifest, digest) VALUES(?, ?)"));
  const auto add = [&](const oci::Digest& digest) {
    return insert.reset().bind(descriptor.digest.string()).bind(digest.string()).run();
  };
  TRY(add(descriptor.digest));
  TRY(add(manifest.config.digest));
  for (const auto& layer : manifest.layers) TRY(add(layer.digest));
  for (const auto& diff_id : config.diff_ids) TRY(add(diff_id));
  return {};
}

Result<bool> image_exists(Database& database, const oci::Digest& manifest) {
  auto statement = TRY(database.prepare("SELECT 1 FROM image WHERE manifest = ?"));
  return statement.bind(manifest.string()).step();
}

Result<void> insert_image(Core& core, Database& database, const oci::Descriptor& descriptor,
                          const std::string& manifest_json, const std::string& config_json) {
  const auto manifest = TRY(oci::Manifest::parse(manifest_json));
  const auto config = TRY(oci::ImageConfig::parse(config_json));
  auto transaction = TRY(database.begin());
  TRY(check_parts(core, database, manifest, config));
  const uint64_t size = TRY(sum_layer_sizes(database, config.diff_ids));
  auto insert =
      TRY(database.prepare("INSERT OR REPLACE INTO image(manifest, media_type, manifest_size, config, created, size, "
                           "manifest_json, config_json) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(descriptor.digest.string()).bind(descriptor.media_type).bind(static_cast<int64_t>(manifest_json.size()));
  insert.bind(manifest.config.digest.string()).bind(config.created);
  insert.bind(static_cast<int64_t>(size));
  TRY(insert.bind(manifest_json).bind(config_json).run());
  TRY(insert_parts(database, descriptor, manifest, config));
  return transaction.commit();
}

Result<void> insert_name(Core& core, Database& database, const std::string& reference, const oci::Digest& manifest) {
  auto transaction = TRY(database.begin());
  // Somebody may have collected the image since it was recorded.
  if (!TRY(image_exists(database, manifest))) {
    return Failure(ErrorKind::kConflict, "image {} was removed while it was being named", manifest.string());
  }
  auto insert = TRY(database.prepare("INSERT OR REPLACE INTO name(reference, manifest) VALUES(?, ?)"));
  TRY(insert.bind(reference).bind(manifest.string()).run());
  TRY(write_index(core, database));
  TRY(core.session()->release_parts(database, manifest.string()));
  return transaction.commit();
}

Result<ImageRecord> find_record(Database& database, const oci::Digest& manifest, const std::string& reference) {
  auto statement = TRY(database.prepare(
      formatted("SELECT {} FROM image LEFT JOIN name ON name.manifest = image.manifest AND name.reference = ? "
                "WHERE image.manifest = ?",
                kRecordColumns)));
  if (!TRY(statement.bind(reference).bind(manifest.string()).step())) {
    return Failure(ErrorKind::kNotFound, "image {} is gone", manifest.string());
  }
  return read_record(statement);
}

}  // namespace

// Rows that are made meanwhile have higher row ids.
Result<void> make_durable(Core& core, Database& database) {
  const std::string boot = TRY(core.boot_id());
  struct Table {
    const char* name;
    int64_t last = 0;
  };
  bool unsynced = false;
  std::array<Table, 3> tables = {Table{"blob"}, Table{"layer"}, Table{"chain_patch"}};
  for (auto& table : tables) {
    auto statement = TRY(database.prepare(formatted("SELECT max(rowid) FROM {} WHERE boot = ?", table.name)));
    TRY(statement.bind(boot).step());
    table.last = statement.integer(0);
    unsynced = unsynced || table.last > 0;
  }
  if (!unsynced) return {};
  TRY(os::sync_file_system(core.root()));
  auto transaction = TRY(database.begin());
  for (const auto& table : tables) {
    auto statement =
        TRY(database.prepare(formatted("UPDATE {} SET boot = NULL WHERE boot = ? AND rowid <= ?", table.name)));
    TRY(statement.bind(boot).bind(table.last).run());
  }
  return transaction.commit();
}

std::string name_of(const oci::ImageReference& reference) {
  if (!reference.digest()) return reference.canonical();
  return formatted("{}/{}@{}", reference.registry(), reference.repository(), reference.digest()->string());
}

Result<ImageRecord> read_record(Statement& row) {
  auto manifest = TRY(oci::Digest::parse(row.text(1)));
  auto config = TRY(oci::Digest::parse(row.text(4)));
  oci::Descriptor descriptor{
      .media_type = row.text(2), .digest = std::move(manifest), .size = static_cast<uint64_t>(row.integer(3))};
  return ImageRecord{.reference = row.text(0),
                     .manifest = std::move(descriptor),
                     .config_digest = std::move(config),
                     .created = row.text(5),
                     .size = static_cast<uint64_t>(row.integer(6))};
}

Result<void> record_image(Core& core, const Store& store, const oci::Descriptor& descriptor) {
  auto database = TRY(core.connect());
  TRY(core.claim(descriptor.digest));
  const std::string manifest_json = TRY(store.read_blob(descriptor.digest));
  const auto manifest = TRY(oci::Manifest::parse(manifest_json));
  const std::string config_json = TRY(store.read_blob(manifest.config.digest));
  return insert_image(core, *database, descriptor, manifest_json, config_json);
}

Result<ImageRecord> Store::write_image(const oci::ImageConfig& config, const std::vector<oci::Descriptor>& layers,
                                       const std::optional<oci::ImageReference>& reference) {
  auto config_blob = TRY(write_blob(oci::media_type::kOciConfig, config.to_json()));
  const oci::Manifest manifest{
      .media_type = std::string(oci::media_type::kOciManifest), .config = std::move(config_blob), .layers = layers};
  const auto descriptor = TRY(write_blob(oci::media_type::kOciManifest, manifest.to_json()));
  return reference ? tag(*reference, descriptor) : record_image(descriptor);
}

Result<ImageRecord> Store::record_image(const oci::Descriptor& manifest) {
  Core& core = *state_->core;
  TRY(store::record_image(core, *this, manifest));
  auto database = TRY(core.connect());
  TRY(core.session()->release_parts(*database, manifest.digest.string()));
  return find_record(*database, manifest.digest, "");
}

Result<ImageRecord> Store::tag(const oci::ImageReference& reference, const oci::Descriptor& manifest) {
  Core& core = *state_->core;
  TRY(store::record_image(core, *this, manifest).context(formatted("name {}", reference.familiar())));
  failpoint("image-recorded");
  auto database = TRY(core.connect());
  TRY(make_durable(core, *database));
  failpoint("image-durable");
  const std::string name = name_of(reference);
  TRY(insert_name(core, *database, name, manifest.digest));
  database->checkpoint();
  return find_record(*database, manifest.digest, name);
}

}  // namespace tare::store
