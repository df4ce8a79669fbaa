#include "store/images.h"

namespace tare::store {

Result<void> Store::pin(std::string_view owner, const oci::Digest& manifest) {
  auto database = TRY(state_->core->connect());
  // One statement, so that an image that is being removed is either pinned before, or not found.
  auto statement = TRY(database->prepare(
      "INSERT OR REPLACE INTO pin(owner, manifest) SELECT ?, manifest FROM image WHERE manifest = ?"));
  TRY(statement.bind(owner).bind(manifest.string()).run());
  if (database->changes() == 0) {
    return Failure(ErrorKind::kNotFound, "No such image: {}", manifest.string()).with_hint("it was just removed");
  }
  return {};
}

Result<void> Store::unpin(std::string_view owner) {
  auto database = TRY(state_->core->connect());
  auto statement = TRY(database->prepare("DELETE FROM pin WHERE owner = ?"));
  return statement.bind(owner).run();
}

// Rows of image_part whose manifest is no digest: everything that looks for what is reached sees them.
Result<void> Store::keep(std::string_view owner, const std::vector<oci::Digest>& digests) {
  auto database = TRY(state_->core->connect());
  auto transaction = TRY(database->begin());
  auto insert = TRY(database->prepare("INSERT OR IGNORE INTO image_part(manifest, digest) VALUES('kept:' || ?, ?)"));
  for (const auto& digest : digests) TRY(insert.reset().bind(owner).bind(digest.string()).run());
  return transaction.commit();
}

Result<void> Store::let_go(std::string_view owner) {
  auto database = TRY(state_->core->connect());
  auto statement = TRY(database->prepare("DELETE FROM image_part WHERE manifest = 'kept:' || ?"));
  return statement.bind(owner).run();
}

}  // namespace tare::store
