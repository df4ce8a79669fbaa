#include "store/layers.h"

#include "os/file.h"
#include "store/chain_patch.h"

namespace tare::store {
namespace {

constexpr std::string_view kFindLayer = "SELECT directory, boot, gaps FROM layer WHERE diff_id = ?";

Result<std::optional<LayerRow>> read_layer(Core& core, Statement& statement, const oci::Digest& diff_id) {
  if (!TRY(statement.reset().bind(diff_id.string()).step())) return std::optional<LayerRow>();
  const auto boot = statement.optional_text(1);
  if (boot && *boot != TRY(core.boot_id())) return std::optional<LayerRow>();
  return std::optional(
      LayerRow{.diff_id = diff_id.string(), .directory = statement.text(0), .has_gaps = statement.integer(2) > 0});
}

// Two layers whose diff ids begin alike get different parts of them as names.
Result<std::string> choose_directory(Database& database, const oci::Digest& diff_id) {
  constexpr size_t kLength = 16;
  const std::string hex(diff_id.hex());
  auto taken = TRY(database.prepare("SELECT 1 FROM layer WHERE directory = ?"));
  for (size_t start = 0; start + kLength <= hex.size(); ++start) {
    const std::string name = hex.substr(start, kLength);
    if (!TRY(taken.reset().bind(name).step())) return name;
  }
  return Failure(ErrorKind::kInternal, "no directory name is left for layer {}", diff_id.string());
}

Result<void> insert_gaps(Database& database, const oci::Digest& diff_id, const std::vector<LayerGap>& gaps) {
  auto drop = TRY(database.prepare("DELETE FROM layer_gap WHERE diff_id = ?"));
  TRY(drop.bind(diff_id.string()).run());
  auto insert = TRY(database.prepare("INSERT OR REPLACE INTO layer_gap(diff_id, path, target) VALUES(?, ?, ?)"));
  for (const auto& gap : gaps) {
    insert.reset().bind(diff_id.string()).bind(gap.path);
    gap.target ? insert.bind(*gap.target) : insert.bind_null();
    TRY(insert.run());
  }
  return {};
}

Result<void> insert_layer(Core& core, Database& database, const oci::Digest& diff_id, const std::string& directory,
                          const UnpackedLayer& layer) {
  const std::string boot = TRY(core.boot_id());
  auto insert = TRY(database.prepare(
      "INSERT INTO layer(diff_id, directory, size, boot, gaps, compromises) VALUES(?, ?, ?, ?, ?, ?)"));
  insert.bind(diff_id.string()).bind(directory).bind(static_cast<int64_t>(layer.size)).bind(boot);
  TRY(insert.bind(static_cast<int64_t>(layer.gaps.size())).bind(static_cast<int64_t>(layer.compromises)).run());
  return insert_gaps(database, diff_id, layer.gaps);
}

// False: the layer is here already. What is in the way of the new directory is moved to `leftover`.
Result<bool> move_in(Core& core, Database& database, const std::string& from, const oci::Digest& diff_id,
                     const UnpackedLayer& layer, const std::string& leftover) {
  auto transaction = TRY(database.begin());
  if (TRY(find_layer(core, database, diff_id))) return false;
  // A row that does not count is of an earlier boot.
  auto drop = TRY(database.prepare("DELETE FROM layer WHERE diff_id = ?"));
  TRY(drop.bind(diff_id.string()).run());
  const std::string directory = TRY(choose_directory(database, diff_id));
  const std::string target = core.layer_path(directory);
  if (os::exists(target)) TRY(os::rename(target, leftover));
  TRY(os::rename(from, target));
  TRY(insert_layer(core, database, diff_id, directory, layer));
  TRY(transaction.commit());
  return true;
}

}  // namespace

Result<std::optional<LayerRow>> find_layer(Core& core, Database& database, const oci::Digest& diff_id) {
  auto statement = TRY(database.prepare(kFindLayer));
  return read_layer(core, statement, diff_id);
}

Result<void> commit_layer_directory(Core& core, const std::string& from, const oci::Digest& diff_id,
                                    const UnpackedLayer& layer) {
  auto database = TRY(core.connect());
  const std::string leftover = TRY(core.new_ingest_path("trash"));
  if (!TRY(move_in(core, *database, from, diff_id, layer, leftover))) return os::remove_tree(from);
  return os::remove_tree(leftover);
}

bool Store::has_layer(const oci::Digest& diff_id) const {
  Core& core = *state_->core;
  if (!core.claim_if_leased(diff_id).ok()) return false;
  const auto database = core.connect();
  if (!database.ok()) return false;
  const auto row = find_layer(core, **database, diff_id);
  return row.ok() && row->has_value();
}

namespace {

// overlayfs refuses a directory that is listed twice (old images repeat the empty layer). The upper one alone gives the
// same tree: it has all names, whiteouts and opaque directories that the lower one has.
void drop_duplicate(std::vector<LayerRow>& rows, const LayerRow& again) {
  std::erase_if(rows, [&](const LayerRow& row) { return row.diff_id == again.diff_id; });
}

// The statement ends before a patch is made: an open one would keep an old view of the database, in which no write
// transaction can begin.
Result<std::vector<LayerRow>> find_rows(Core& core, Database& database, const std::vector<oci::Digest>& diff_ids) {
  auto statement = TRY(database.prepare(kFindLayer));
  std::vector<LayerRow> rows;
  for (const auto& diff_id : diff_ids) {
    auto row = TRY(read_layer(core, statement, diff_id));
    if (!row) {
      return Failure(ErrorKind::kNotFound, "layer {} is not in the store {}", diff_id.string(), core.root())
          .with_hint("pull or build the image again");
    }
    drop_duplicate(rows, *row);
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace

// On the start path of every container: one query per layer, and no system call beside SQLite's.
Result<LowerLayers> Store::lower_layers(const std::vector<oci::Digest>& diff_ids) const {
  Core& core = *state_->core;
  auto database = TRY(core.connect());
  const auto rows = TRY(find_rows(core, *database, diff_ids));
  std::vector<std::string> names = TRY(patch_chain(core, *database, rows));
  return LowerLayers{.directory = core.layers_path(), .names = {names.rbegin(), names.rend()}};
}

}  // namespace tare::store
