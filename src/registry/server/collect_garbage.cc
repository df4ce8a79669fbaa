#include "registry/server/collect_garbage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <string>

#include "base/text.h"
#include "os/error.h"
#include "os/file.h"
#include "registry/server/documents.h"

namespace tare::registry {
namespace {

constexpr size_t kManifestLimit = size_t{4} << 20;

// What one collection knows.
struct Collection {
  const Storage& storage;
  timespec limit{};  // files that changed before this are old
  std::set<std::string> reachable;
  GarbageCollected done;
};

bool is_older(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

Result<void> mark_manifest(Collection& collection, const std::string& repository, const oci::Digest& digest) {
  const auto stored = TRY(collection.storage.open_manifest(repository, digest));
  const auto bytes = TRY(os::read_fd(stored.content.file, digest.string(), kManifestLimit));
  const auto manifest = TRY(parse_pushed_manifest(bytes, stored.media_type));
  collection.reachable.insert(digest.string());
  for (const auto& reference : manifest.blobs) collection.reachable.insert(reference.digest.string());
  for (const auto& reference : manifest.manifests) collection.reachable.insert(reference.digest.string());
  return {};
}

// A manifest that is deleted while it is marked is no failure; one that cannot be read is: its blobs would be lost.
Result<void> mark_repository(Collection& collection, const std::string& repository) {
  for (const oci::Digest& digest : TRY(collection.storage.list_manifests(repository))) {
    auto marked = mark_manifest(collection, repository, digest);
    if (!marked.ok() && collection.storage.has_manifest(repository, digest)) {
      return std::move(marked).context(formatted("repository {}, manifest {}", repository, digest.string()));
    }
  }
  return {};
}

// Without a name it is gone: who has it open reads on. Nothing when it has become young, or is gone already.
Result<std::optional<uint64_t>> remove_when_old(const std::string& path, const timespec& limit) {
  auto found = os::link_status(path);
  if (!found.ok() && found.error().kind() == ErrorKind::kNotFound) return std::optional<uint64_t>();
  const auto status = TRY(std::move(found));
  if (!is_older(status.st_mtim, limit)) return std::optional<uint64_t>();
  TRY(os::remove_file(path));
  return std::optional(static_cast<uint64_t>(status.st_size));
}

Result<void> sweep_blob(Collection& collection, const oci::Digest& digest) {
  if (collection.reachable.contains(digest.string())) return {};
  const auto alone = TRY(os::FileLock::acquire(collection.storage.root() + "/lock", os::FileLock::Mode::kExclusive));
  const auto removed = TRY(remove_when_old(collection.storage.blob_path(digest), collection.limit));
  if (!removed) return {};
  collection.done.blobs += 1;
  collection.done.bytes += *removed;
  return {};
}

Result<void> sweep_blobs(Collection& collection) {
  const std::string root = collection.storage.root() + "/blobs";
  for (const std::string& algorithm : TRY(os::list_directory(root))) {
    const std::string folder = formatted("{}/{}", root, algorithm);
    for (const std::string& prefix : TRY(os::list_directory(folder))) {
      for (const std::string& name : TRY(os::list_directory(formatted("{}/{}", folder, prefix)))) {
        const auto digest = oci::Digest::parse(formatted("{}:{}", algorithm, name));
        if (digest.ok()) TRY(sweep_blob(collection, *digest));
      }
    }
  }
  return {};
}

// The lock of a session tells whether a request works on it; a slow one may be older than the limit.
Result<void> sweep_upload(Collection& collection, const std::string& path) {
  const auto file = os::open(path, O_RDWR);
  if (!file.ok() || ::flock(file->get(), LOCK_EX | LOCK_NB) != 0) return {};
  const auto removed = TRY(remove_when_old(path, collection.limit));
  if (!removed) return {};
  collection.done.uploads += 1;
  collection.done.bytes += *removed;
  return {};
}

// Marks "this repository has that blob" that point at nothing any more.
Result<void> sweep_links(Collection& collection, const std::string& folder) {
  for (const std::string& algorithm : TRY(os::list_directory(folder))) {
    for (const std::string& name : TRY(os::list_directory(formatted("{}/{}", folder, algorithm)))) {
      const auto digest = oci::Digest::parse(formatted("{}:{}", algorithm, name));
      if (!digest.ok()) continue;
      const auto alone =
          TRY(os::FileLock::acquire(collection.storage.root() + "/lock", os::FileLock::Mode::kExclusive));
      if (!os::exists(collection.storage.blob_path(*digest))) {
        TRY(os::remove_file(formatted("{}/{}/{}", folder, algorithm, name)));
      }
    }
  }
  return {};
}

// Also through repositories that have no manifest (yet), so not by list_repositories.
Result<void> sweep_repositories(Collection& collection, const std::string& folder) {
  for (const std::string& name : TRY(os::list_directory(folder))) {
    const std::string path = formatted("{}/{}", folder, name);
    if (name == "_uploads") {
      for (const std::string& id : TRY(os::list_directory(path))) {
        TRY(sweep_upload(collection, formatted("{}/{}", path, id)));
      }
    } else if (name == "_blobs") {
      TRY(sweep_links(collection, path));
    } else if (!name.starts_with('_')) {
      TRY(sweep_repositories(collection, path));
    }
  }
  return {};
}

}  // namespace

Result<GarbageCollected> collect_garbage(const Storage& storage, std::chrono::seconds age) {
  Collection collection{.storage = storage};
  // Before marking: what is named after its repository was marked was touched later than this.
  ::clock_gettime(CLOCK_REALTIME_COARSE, &collection.limit);
  collection.limit.tv_sec -= age.count();
  for (const std::string& repository : TRY(storage.list_repositories())) TRY(mark_repository(collection, repository));
  TRY(sweep_blobs(collection));
  TRY(sweep_repositories(collection, storage.root() + "/repositories"));
  return collection.done;
}

}  // namespace tare::registry
