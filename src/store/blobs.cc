#include "store/blobs.h"

#include <fcntl.h>

#include "codec/sha256.h"
#include "os/file.h"

namespace tare::store {

Result<bool> find_blob(Core& core, const oci::Digest& digest) {
  auto database = TRY(core.connect());
  auto statement = TRY(database->prepare("SELECT boot FROM blob WHERE digest = ?"));
  if (!TRY(statement.bind(digest.string()).step())) return false;
  const auto boot = statement.optional_text(0);
  if (boot && *boot != TRY(core.boot_id())) return false;
  return os::exists(core.blob_path(digest));
}

Result<void> commit_blob(Core& core, const std::string& from, const oci::Digest& digest, uint64_t size) {
  const std::string boot = TRY(core.boot_id());
  auto database = TRY(core.connect());
  auto transaction = TRY(database->begin());
  TRY(os::rename(from, core.blob_path(digest)));
  auto statement = TRY(database->prepare("INSERT OR REPLACE INTO blob(digest, size, boot) VALUES(?, ?, ?)"));
  TRY(statement.bind(digest.string()).bind(static_cast<int64_t>(size)).bind(boot).run());
  return transaction.commit();
}

Result<void> drop_blob(Core& core, const oci::Digest& digest) {
  auto database = TRY(core.connect());
  auto transaction = TRY(database->begin());
  auto statement = TRY(database->prepare("DELETE FROM blob WHERE digest = ?"));
  TRY(statement.bind(digest.string()).run());
  TRY(os::remove_tree(core.blob_path(digest)));
  return transaction.commit();
}

bool Store::has_blob(const oci::Digest& digest) const {
  // A failing database is told by the next call that returns a Result; here it means "fetch it".
  if (!state_->core->claim_if_leased(digest).ok()) return false;
  return find_blob(*state_->core, digest).value_or(false);
}

Result<UniqueFd> Store::open_blob(const oci::Digest& digest) const {
  return os::open(state_->core->blob_path(digest), O_RDONLY).context(formatted("open blob {}", digest.string()));
}

Result<std::string> Store::read_blob(const oci::Digest& digest, size_t limit) const {
  const auto fd = TRY(open_blob(digest));
  auto bytes = TRY(os::read_fd(fd, formatted("blob {}", digest.string()), limit));
  const bool is_sha512 = digest.algorithm() == "sha512";
  if ((is_sha512 ? codec::sha512_hex(bytes) : codec::sha256_hex(bytes)) != digest.hex()) {
    return Failure(ErrorKind::kCorrupt, "blob {} in the store is damaged", digest.string())
        .with_hint("pull or build the image again");
  }
  return bytes;
}

Result<oci::Descriptor> Store::write_blob(std::string_view media_type, std::string_view bytes) {
  Core& core = *state_->core;
  oci::Descriptor descriptor{
      .media_type = std::string(media_type), .digest = oci::Digest::of(bytes), .size = bytes.size()};
  TRY(core.claim(descriptor.digest));
  if (TRY(find_blob(core, descriptor.digest))) return descriptor;
  const std::string path = TRY(core.new_ingest_path("blob"));
  TRY(os::write_file_atomic(path, bytes));
  TRY(commit_blob(core, path, descriptor.digest, bytes.size()));
  return descriptor;
}

}  // namespace tare::store
