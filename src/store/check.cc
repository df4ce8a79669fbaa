// Every byte of the store against its digest, every unpacked layer against its blob, every row against its file.
//
// A layer is unpacked once more beside the one in use and the two are compared, because a directory cannot be packed
// into the very archive it came from. What is repaired comes from the store itself: documents from the database, layers
// from their blobs. What has no other copy is forgotten, so that the next pull or build brings that, and only that.
#include <fcntl.h>

#include <map>
#include <set>

#include "base/scope_guard.h"
#include "codec/compress.h"
#include "codec/sha256.h"
#include "os/file.h"
#include "store/blobs.h"
#include "store/collect_garbage.h"
#include "store/compare_trees.h"
#include "store/images.h"
#include "store/ingest_lock.h"
#include "store/unpack_tar.h"

namespace tare::store {
namespace {

constexpr const char* kForgotten = "forgotten: pull or build its image again";

codec::HashAlgorithm algorithm_of(const oci::Digest& digest) {
  return digest.algorithm() == "sha512" ? codec::HashAlgorithm::kSha512 : codec::HashAlgorithm::kSha256;
}

struct CountedRow {
  oci::Digest digest;
  std::string directory;  // of layers
};

// Rows of another boot do not count, and are checked before anybody uses their files.
Result<std::vector<CountedRow>> read_rows(Core& core, Database& database, const std::string& query) {
  auto statement = TRY(database.prepare(query));
  const std::string boot = TRY(core.boot_id());
  statement.bind(boot);
  std::vector<CountedRow> rows;
  while (TRY(statement.step())) {
    auto digest = TRY(oci::Digest::parse(statement.text(0)));
    rows.push_back({.digest = std::move(digest), .directory = statement.text(1)});
  }
  return rows;
}

Result<bool> has_row(Database& database, const std::string& query, const std::string& value) {
  auto statement = TRY(database.prepare(query));
  return statement.bind(value).step();
}

class Checking {
 public:
  Checking(Store& store, Core& core, Database& database, Store::CheckMode mode)
      : store_(store), core_(core), database_(database), mode_(mode) {}

  Result<std::vector<Store::Problem>> run() {
    TRY(check_database());
    TRY(read_images());
    TRY(check_blobs());
    TRY(check_layers());
    TRY(check_parts());
    TRY(check_left_behind());
    if (repairing()) TRY(settle());
    return std::move(problems_);
  }

 private:
  bool repairing() const { return mode_ == Store::CheckMode::kRepair; }

  Store::Problem& found(std::string object, std::string what) {
    problems_.push_back({.object = std::move(object), .what = std::move(what), .mended = ""});
    return problems_.back();
  }

  // What was made again is on disk, and kept by its image alone.
  Result<void> settle() {
    TRY(make_durable(core_, database_));
    auto images = TRY(database_.prepare("SELECT manifest FROM image"));
    std::vector<std::string> manifests;
    while (TRY(images.step())) manifests.push_back(images.text(0));
    for (const auto& manifest : manifests) TRY(core_.session()->release_parts(database_, manifest));
    return {};
  }

  Result<void> check_database() {
    auto statement = TRY(database_.prepare("PRAGMA integrity_check"));
    while (TRY(statement.step())) {
      if (const auto line = statement.text(0); line != "ok") found("database", line);
    }
    return {};
  }

  // What the database itself knows of blobs: the text of documents, and which blob unpacks to which layer.
  Result<void> read_images() {
    auto statement = TRY(database_.prepare("SELECT manifest, config, manifest_json, config_json FROM image"));
    while (TRY(statement.step())) {
      documents_[statement.text(0)] = statement.text(2);
      documents_[statement.text(1)] = statement.text(3);
      const auto manifest = oci::Manifest::parse(statement.text(2));
      const auto config = oci::ImageConfig::parse(statement.text(3));
      if (!manifest.ok() || !config.ok()) {
        found(formatted("image {}", statement.text(0)), "its row is damaged");
        continue;
      }
      for (size_t i = 0; i < manifest->layers.size() && i < config->diff_ids.size(); ++i) {
        blobs_of_layers_.emplace(config->diff_ids[i].string(), manifest->layers[i]);
      }
    }
    return {};
  }

  Result<void> check_blobs() {
    const auto rows =
        TRY(read_rows(core_, database_, "SELECT digest, '' FROM blob WHERE boot IS NULL OR boot = ? ORDER BY digest"));
    for (const auto& row : rows) {
      const auto wrong = TRY(look_at_blob(row.digest));
      if (!wrong) continue;
      // A collection may have taken it meanwhile, row and all.
      if (!TRY(has_row(database_, "SELECT 1 FROM blob WHERE digest = ?", row.digest.string()))) continue;
      auto& problem = found(formatted("blob {}", row.digest.string()), *wrong);
      if (repairing()) problem.mended = TRY(mend_blob(row.digest));
    }
    return {};
  }

  Result<std::optional<std::string>> look_at_blob(const oci::Digest& digest) {
    auto file = os::open(core_.blob_path(digest), O_RDONLY | O_NOFOLLOW);
    if (!file.ok()) {
      if (file.error().kind() != ErrorKind::kNotFound) return std::move(file).error();
      return std::optional<std::string>("its file is missing");
    }
    os::FdSource source(*file, core_.blob_path(digest));
    codec::DigestingSource bytes(source, algorithm_of(digest));
    TRY(codec::drain_source(bytes));
    if (bytes.finish_hex() == digest.hex()) return std::optional<std::string>();
    return std::optional<std::string>("its bytes are damaged");
  }

  Result<std::string> mend_blob(const oci::Digest& digest) {
    const auto document = documents_.find(digest.string());
    if (document == documents_.end() || oci::Digest::of(document->second) != digest) {
      TRY(drop_blob(core_, digest));
      return std::string(kForgotten);
    }
    const std::string path = TRY(core_.new_ingest_path("blob"));
    TRY(os::write_file_atomic(path, document->second));
    TRY(commit_blob(core_, path, digest, document->second.size()));
    return std::string("written again from the database");
  }

  Result<void> check_layers() {
    const auto rows = TRY(read_rows(
        core_, database_, "SELECT diff_id, directory FROM layer WHERE boot IS NULL OR boot = ? ORDER BY diff_id"));
    for (const auto& row : rows) {
      const auto wrong = TRY(look_at_layer(row));
      if (!wrong) continue;
      if (!TRY(has_row(database_, "SELECT 1 FROM layer WHERE diff_id = ?", row.digest.string()))) continue;
      auto& problem = found(formatted("layer {}", row.digest.string()), *wrong);
      if (repairing()) problem.mended = TRY(mend_layer(row));
    }
    return {};
  }

  // Without a good blob there is nothing to compare with: then only that the directory exists is known.
  Result<std::optional<std::string>> look_at_layer(const CountedRow& row) {
    const std::string path = core_.layer_path(row.directory);
    if (!os::exists(path)) return std::optional<std::string>("its directory is missing");
    const auto blob = blobs_of_layers_.find(row.digest.string());
    if (blob == blobs_of_layers_.end()) return std::optional<std::string>();
    const auto file = os::open(core_.blob_path(blob->second.digest), O_RDONLY | O_NOFOLLOW);
    if (!file.ok()) return std::optional<std::string>();
    const std::string fresh = TRY(core_.new_ingest_path("unpack"));
    const auto lock = TRY(IngestLock::acquire(fresh));
    TRY(os::make_directory(fresh, 0755));
    const ScopeGuard remove([&] { (void)os::remove_tree(fresh).ok(); });
    os::FdSource source(*file, core_.blob_path(blob->second.digest));
    auto unpacked = unpack(source, fresh);
    if (!unpacked.ok() && unpacked.error().kind() == ErrorKind::kCorrupt) return std::optional<std::string>();
    if (!unpacked.ok()) return std::move(unpacked).error();
    return find_difference(path, fresh);
  }

  static Result<void> unpack(ByteSource& source, const std::string& directory) {
    const auto tar = TRY(codec::open_detected(source, UnpackLimits{}.bytes));
    TRY(unpack_tar(*tar, directory, host_overlay_format()));
    return {};
  }

  Result<std::string> mend_layer(const CountedRow& row) {
    TRY(drop_dead_leases(database_, core_.root()));
    if (TRY(has_row(database_, "SELECT 1 FROM lease_item WHERE digest = ?", row.digest.string()))) return std::string();
    TRY(forget_layer(row));
    return unpack_again(row.digest);
  }

  // Its patches were made of what was damaged.
  Result<void> forget_layer(const CountedRow& row) {
    const std::string trash = TRY(core_.new_ingest_path("trash"));
    {
      auto transaction = TRY(database_.begin());
      auto drop = TRY(database_.prepare("DELETE FROM layer WHERE diff_id = ?"));
      TRY(drop.bind(row.digest.string()).run());
      auto patches = TRY(database_.prepare("DELETE FROM chain_patch WHERE instr('/' || chain, '/' || ? || '/') > 0"));
      TRY(patches.bind(row.directory).run());
      const std::string path = core_.layer_path(row.directory);
      if (os::exists(path)) TRY(os::rename(path, trash));
      TRY(transaction.commit());
    }
    return os::remove_tree(trash);
  }

  Result<std::string> unpack_again(const oci::Digest& diff_id) {
    const auto blob = blobs_of_layers_.find(diff_id.string());
    if (blob == blobs_of_layers_.end() || !TRY(find_blob(core_, blob->second.digest))) return std::string(kForgotten);
    const auto nowhere = [](uint64_t) -> Result<std::unique_ptr<ByteSource>> {
      return Failure(ErrorKind::kUnavailable, "a repair fetches nothing");
    };
    const auto unpacked = store_.ingest_layer(blob->second, diff_id, nowhere);
    return std::string(unpacked.ok() ? "unpacked again from its blob" : kForgotten);
  }

  // What an image needs and no row lists: forgotten by an earlier repair, or lost with rows of the database.
  Result<void> check_parts() {
    auto statement = TRY(database_.prepare(
        "SELECT DISTINCT digest FROM image_part JOIN image USING(manifest) WHERE "
        "digest NOT IN (SELECT digest FROM blob) AND digest NOT IN (SELECT diff_id FROM layer) ORDER BY digest"));
    std::set<std::string> lost;
    while (TRY(statement.step())) lost.insert(statement.text(0));
    for (const auto& problem : problems_) lost.erase(problem.object.substr(problem.object.find(' ') + 1));
    for (const auto& digest : lost) {
      const auto parsed = TRY(oci::Digest::parse(digest));
      const bool is_layer = blobs_of_layers_.count(digest) > 0;
      auto& problem =
          found(formatted("{} {}", is_layer ? "layer" : "blob", digest), "an image needs it, and it is not here");
      if (!repairing()) continue;
      if (is_layer) problem.mended = TRY(unpack_again(parsed));
      if (!is_layer && documents_.count(digest) > 0) problem.mended = TRY(mend_blob(parsed));
      if (problem.mended == kForgotten) problem.mended.clear();
    }
    return {};
  }

  // Files and rows go together in write transactions, so within one they agree.
  Result<void> check_left_behind() {
    size_t count = 0;
    {
      const auto transaction = TRY(database_.begin());
      for (const auto& name : TRY(os::list_directory(core_.layers_path()))) {
        const bool listed = TRY(has_row(database_,
                                        "SELECT 1 FROM layer WHERE directory = ?1 UNION SELECT 1 FROM chain_patch "
                                        "WHERE directory = ?1",
                                        name));
        count += listed ? 0 : 1;
      }
      for (const std::string algorithm : {"sha256", "sha512"}) {
        const auto names = TRY(os::list_directory(formatted("{}/blobs/{}", core_.root(), algorithm)));
        for (const auto& name : names) {
          const std::string digest = formatted("{}:{}", algorithm, name);
          count += TRY(has_row(database_, "SELECT 1 FROM blob WHERE digest = ?", digest)) ? 0 : 1;
        }
      }
    }
    if (count == 0) return {};
    auto& problem = found("store", formatted("{} files or directories that nothing lists", count));
    if (!repairing()) return {};
    TRY(sweep(core_, database_));
    problem.mended = "removed";
    return {};
  }

  Store& store_;
  Core& core_;
  Database& database_;
  const Store::CheckMode mode_;
  std::vector<Store::Problem> problems_;
  std::map<std::string, std::string> documents_;            // by digest
  std::map<std::string, oci::Descriptor> blobs_of_layers_;  // by diff id
};

}  // namespace

Result<std::vector<Store::Problem>> Store::check(CheckMode mode) {
  Core& core = *state_->core;
  auto database = TRY(core.connect());
  return Checking(*this, core, *database, mode).run();
}

}  // namespace tare::store
