// `rmi` as Docker has it: a name is taken away; with the last one the image goes, unless a container needs it.
#include "store/collect_garbage.h"
#include "store/images.h"

namespace tare::store {
namespace {

struct Target {
  std::vector<std::string> manifests;  // by id: all that have this configuration
  std::vector<std::string> names;      // all names of them
  oci::Digest config;
  std::optional<std::string> user;  // a container that has it pinned
};

Result<std::vector<std::string>> read_texts(Database& database, std::string_view query, const std::string& value) {
  auto statement = TRY(database.prepare(query));
  statement.bind(value);
  std::vector<std::string> texts;
  while (TRY(statement.step())) texts.push_back(statement.text(0));
  return texts;
}

Result<Target> read_target(Database& database, const Resolved& resolved) {
  const auto configs = TRY(read_texts(database, "SELECT config FROM image WHERE manifest = ?", resolved.manifest));
  if (configs.empty()) return Failure(ErrorKind::kNotFound, "image {} is gone", resolved.manifest);
  auto config = TRY(oci::Digest::parse(configs.front()));
  Target target{.config = std::move(config)};
  target.manifests = {resolved.manifest};
  if (resolved.reference.empty()) {
    target.manifests = TRY(read_texts(database, "SELECT manifest FROM image WHERE config = ?", target.config.string()));
  }
  for (const auto& manifest : target.manifests) {
    const auto names = TRY(read_texts(database, "SELECT reference FROM name WHERE manifest = ?", manifest));
    target.names.insert(target.names.end(), names.begin(), names.end());
    const auto owners = TRY(read_texts(database, "SELECT owner FROM pin WHERE manifest = ?", manifest));
    if (!owners.empty()) target.user = owners.front();
  }
  return target;
}

Result<void> check_removable(const Target& target, const Resolved& resolved) {
  const bool by_name = !resolved.reference.empty();
  if (by_name && target.names.size() > 1) return {};  // only a name goes
  if (!by_name && target.names.size() > 1) {
    return Failure(ErrorKind::kConflict,
                   "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
                   target.config.short_id());
  }
  if (!target.user) return {};
  const std::string user = target.user->substr(0, 12);
  if (!by_name) {
    return Failure(ErrorKind::kConflict,
                   "conflict: unable to delete {} (must be forced) - image is being used by container {}",
                   target.config.short_id(), user);
  }
  const auto reference = oci::ImageReference::parse(resolved.reference);
  return Failure(ErrorKind::kConflict,
                 "conflict: unable to remove repository reference \"{}\" (must force) - container {} is using its "
                 "referenced image {}",
                 reference.ok() ? reference->familiar() : resolved.reference, user, target.config.short_id());
}

// False: a name, a container or a build still needs it.
Result<bool> drop_image(Database& database, const std::string& manifest) {
  auto drop = TRY(
      database.prepare("DELETE FROM image WHERE manifest = ?1 AND NOT EXISTS(SELECT 1 FROM name WHERE manifest = ?1) "
                       "AND NOT EXISTS(SELECT 1 FROM pin WHERE manifest = ?1) "
                       "AND NOT EXISTS(SELECT 1 FROM lease_item WHERE digest = ?1)"));
  TRY(drop.bind(manifest).run());
  return database.changes() > 0;
}

Result<Store::Removal> apply_removal(Database& database, const Target& target, const Resolved& resolved) {
  Store::Removal removal;
  removal.untagged = resolved.reference.empty() ? target.names : std::vector<std::string>{resolved.reference};
  auto untag = TRY(database.prepare("DELETE FROM name WHERE reference = ?"));
  for (const auto& name : removal.untagged) TRY(untag.reset().bind(name).run());
  bool deleted = false;
  for (const auto& manifest : target.manifests) {
    if (TRY(drop_image(database, manifest))) deleted = true;
  }
  if (deleted) removal.deleted.push_back(target.config);
  return removal;
}

}  // namespace

Result<Store::Removal> Store::remove_image(std::string_view name_or_id, bool force) {
  Core& core = *state_->core;
  auto database = TRY(core.connect());
  Removal removal;
  {
    auto transaction = TRY(database->begin());
    TRY(drop_dead_leases(*database, core.root()));
    const auto resolved = TRY(resolve_image(*database, name_or_id));
    const auto target = TRY(read_target(*database, resolved));
    if (!force) TRY(check_removable(target, resolved));
    removal = TRY(apply_removal(*database, target, resolved));
    TRY(drop_unreached_rows(core, *database));
    TRY(transaction.commit());
  }
  TRY(sweep(core, *database));
  return removal;
}

}  // namespace tare::store
