#include "registry/server/storage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/scope_guard.h"
#include "base/text.h"
#include "os/error.h"

namespace tare::registry {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string digest_path(const oci::Digest& digest) { return formatted("{}/{}", digest.algorithm(), digest.hex()); }

Result<void> sync_path(const std::string& path, int flags) {
  const auto fd = TRY(os::open(path, flags));
  if (::fsync(fd.get()) != 0) return os::last_error("sync", path);
  return {};
}

Result<void> sync_directory(const std::string& path) { return sync_path(path, O_RDONLY | O_DIRECTORY); }

// A mark whose existence is all that it says.
Result<void> make_mark(const std::string& path) {
  TRY(os::make_directories(parent_of(path)));
  TRY(os::open(path, O_WRONLY | O_CREAT, 0644));
  return {};
}

// Makes a file count as new. False when it is not there.
Result<bool> touch(const std::string& path) {
  if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return true;
  if (errno == ENOENT) return false;
  return os::last_error("touch", path);
}

Result<std::vector<std::string>> list_if_there(const std::string& path) {
  auto names = os::list_directory(path);
  if (!names.ok() && names.error().kind() == ErrorKind::kNotFound) return std::vector<std::string>();
  return names;
}

Error no_blob(std::string_view repository, const oci::Digest& digest) {
  return Failure(ErrorKind::kNotFound, "repository {} has no blob {}", repository, digest.string());
}

Error no_manifest(std::string_view repository, std::string_view reference) {
  return Failure(ErrorKind::kNotFound, "repository {} has no manifest {}", repository, reference);
}

// The same failure as the caller's "not there".
Error or_not_found(Error error, Error not_found) {
  return error.kind() == ErrorKind::kNotFound ? std::move(not_found) : std::move(error);
}

// The digests in a folder with one folder per algorithm.
Result<std::vector<oci::Digest>> list_digests(const std::string& path) {
  std::vector<oci::Digest> digests;
  for (const std::string& algorithm : TRY(list_if_there(path))) {
    for (const std::string& name : TRY(list_if_there(formatted("{}/{}", path, algorithm)))) {
      auto digest = oci::Digest::parse(formatted("{}:{}", algorithm, name));
      if (digest.ok()) digests.push_back(std::move(digest).value());
    }
  }
  return digests;
}

}  // namespace

Result<std::string> new_upload_id() {
  std::string bytes = TRY(os::random_bytes(16));
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string digits = hex(bytes);
  return formatted("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                   digits.substr(16, 4), digits.substr(20));
}

Result<Storage> Storage::open(std::string root) {
  TRY(os::make_directories(root + "/blobs"));
  TRY(os::make_directories(root + "/repositories"));
  return Storage(std::move(root));
}

std::string Storage::blob_path(const oci::Digest& digest) const {
  return formatted("{}/blobs/{}/{}/{}", root_, digest.algorithm(), digest.hex().substr(0, 2), digest.hex());
}

std::string Storage::repository_path(std::string_view name) const {
  return formatted("{}/repositories/{}", root_, name);
}

bool Storage::has_repository(std::string_view name) const {
  return os::exists(repository_path(name) + "/_blobs") || os::exists(repository_path(name) + "/_manifests");
}

std::string Storage::link_path(std::string_view repository, const oci::Digest& digest) const {
  return formatted("{}/_blobs/{}", repository_path(repository), digest_path(digest));
}

std::string Storage::revision_path(std::string_view repository, const oci::Digest& digest) const {
  return formatted("{}/_manifests/revisions/{}", repository_path(repository), digest_path(digest));
}

std::string Storage::tag_path(std::string_view repository, std::string_view tag) const {
  return formatted("{}/_manifests/tags/{}", repository_path(repository), tag);
}

std::string Storage::referrers_path(std::string_view repository, const oci::Digest& subject) const {
  return formatted("{}/_manifests/referrers/{}", repository_path(repository), digest_path(subject));
}

Result<os::FileLock> Storage::keep_blobs() const {
  return os::FileLock::acquire(root_ + "/lock", os::FileLock::Mode::kShared);
}

Result<StoredBlob> Storage::open_blob(std::string_view repository, const oci::Digest& digest) const {
  if (!os::exists(link_path(repository, digest))) return no_blob(repository, digest);
  auto file = os::open(blob_path(digest), O_RDONLY);
  if (!file.ok()) return or_not_found(std::move(file).error(), no_blob(repository, digest));
  struct stat found {};
  if (::fstat(file->get(), &found) != 0) return os::last_error("stat", blob_path(digest));
  return StoredBlob{std::move(file).value(), static_cast<uint64_t>(found.st_size)};
}

Result<uint64_t> Storage::use_blob(std::string_view repository, const oci::Digest& digest) const {
  const auto kept = TRY(keep_blobs());
  if (!os::exists(link_path(repository, digest))) return no_blob(repository, digest);
  if (!TRY(touch(blob_path(digest)))) return no_blob(repository, digest);
  const auto found = TRY(os::status(blob_path(digest)));
  return static_cast<uint64_t>(found.st_size);
}

Result<void> Storage::mount_blob(std::string_view repository, const oci::Digest& digest, std::string_view from) const {
  const auto kept = TRY(keep_blobs());
  if (!os::exists(link_path(from, digest))) return no_blob(from, digest);
  if (!TRY(touch(blob_path(digest)))) return no_blob(from, digest);
  return make_mark(link_path(repository, digest));
}

Result<void> Storage::remove_blob(std::string_view repository, const oci::Digest& digest) const {
  auto removed = os::remove_file(link_path(repository, digest));
  if (!removed.ok()) return or_not_found(std::move(removed).error(), no_blob(repository, digest));
  return {};
}

// Two uploads of one blob may end at once: both find the name free, and the second rename replaces equal bytes.
Result<void> Storage::move_blob(const oci::Digest& digest, const std::string& file) const {
  const std::string path = blob_path(digest);
  if (TRY(touch(path))) return os::remove_file(file);
  TRY(sync_path(file, O_RDONLY));
  TRY(os::make_directories(parent_of(path)));
  TRY(os::rename(file, path));
  return sync_directory(parent_of(path));
}

Result<void> Storage::adopt_blob(std::string_view repository, const oci::Digest& digest,
                                 const std::string& file) const {
  const auto kept = TRY(keep_blobs());
  TRY(move_blob(digest, file));
  TRY(make_mark(link_path(repository, digest)));
  return sync_directory(parent_of(link_path(repository, digest)));
}

bool Storage::has_manifest(std::string_view repository, const oci::Digest& digest) const {
  return os::exists(revision_path(repository, digest));
}

Result<StoredManifest> Storage::open_manifest(std::string_view repository, const oci::Digest& digest) const {
  auto media_type = os::read_file(revision_path(repository, digest), 4096);
  if (!media_type.ok()) return or_not_found(std::move(media_type).error(), no_manifest(repository, digest.string()));
  auto file = TRY(os::open(blob_path(digest), O_RDONLY));
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return os::last_error("stat", blob_path(digest));
  return StoredManifest{digest, std::move(media_type).value(), {std::move(file), static_cast<uint64_t>(found.st_size)}};
}

Result<oci::Digest> Storage::read_tag(std::string_view repository, std::string_view tag) const {
  const auto text = os::read_file(tag_path(repository, tag), 4096);
  if (!text.ok() && text.error().kind() == ErrorKind::kNotFound) return no_manifest(repository, tag);
  if (!text.ok()) return Error(text.error().kind(), text.error().text());
  return oci::Digest::parse(*text);
}

// By rename from the folder of arriving files: a half-written name would be a valid tag's if it lay beside its target.
Result<void> Storage::replace_file(std::string_view repository, const std::string& path, std::string_view bytes) const {
  const std::string arriving = formatted("{}/_uploads", repository_path(repository));
  TRY(os::make_directories(arriving));
  const std::string temporary = formatted("{}/{}", arriving, TRY(new_upload_id()));
  ScopeGuard remove([&] { ::unlink(temporary.c_str()); });
  const auto file = TRY(os::open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644));
  TRY(os::write_all(file, bytes, temporary));
  if (::fdatasync(file.get()) != 0) return os::last_error("sync", temporary);
  TRY(os::make_directories(parent_of(path)));
  TRY(os::rename(temporary, path));
  remove.keep();
  return sync_directory(parent_of(path));
}

Result<void> Storage::write_blob(std::string_view repository, const oci::Digest& digest, std::string_view bytes) const {
  if (TRY(touch(blob_path(digest)))) return {};
  return replace_file(repository, blob_path(digest), bytes);
}

// In the order that a reader follows backwards: content, what lists it, the manifest itself, the tags last.
Result<void> Storage::put_manifest(std::string_view repository, const ManifestToStore& manifest,
                                   std::string_view bytes) const {
  TRY(write_blob(repository, manifest.digest, bytes));
  for (const oci::Digest& subject : manifest.subjects) {
    TRY(make_mark(formatted("{}/{}", referrers_path(repository, subject), manifest.digest.string())));
  }
  TRY(replace_file(repository, revision_path(repository, manifest.digest), manifest.media_type));
  for (const std::string& tag : manifest.tags) {
    TRY(replace_file(repository, tag_path(repository, tag), manifest.digest.string()));
  }
  return {};
}

// The tags first: one that outlives its manifest would be a name for nothing.
Result<void> Storage::remove_manifest(std::string_view repository, const oci::Digest& digest) const {
  if (!has_manifest(repository, digest)) return no_manifest(repository, digest.string());
  for (const std::string& tag : TRY(list_if_there(formatted("{}/_manifests/tags", repository_path(repository))))) {
    const auto target = read_tag(repository, tag);
    if (target.ok() && *target == digest) TRY(remove_tag(repository, tag));
  }
  auto removed = os::remove_file(revision_path(repository, digest));
  if (!removed.ok()) return or_not_found(std::move(removed).error(), no_manifest(repository, digest.string()));
  return {};
}

Result<void> Storage::remove_tag(std::string_view repository, std::string_view tag) const {
  auto removed = os::remove_file(tag_path(repository, tag));
  if (!removed.ok()) return or_not_found(std::move(removed).error(), no_manifest(repository, tag));
  return {};
}

Result<std::vector<std::string>> Storage::list_tags(std::string_view repository) const {
  if (!has_repository(repository)) return Failure(ErrorKind::kNotFound, "no repository {}", repository);
  return list_if_there(formatted("{}/_manifests/tags", repository_path(repository)));
}

Result<void> Storage::find_repositories(const std::string& prefix, std::vector<std::string>& found) const {
  for (const std::string& name : TRY(os::list_directory(repository_path(prefix)))) {
    if (name.starts_with('_')) continue;
    const std::string full = prefix.empty() ? name : formatted("{}/{}", prefix, name);
    if (os::exists(repository_path(full) + "/_manifests")) found.push_back(full);
    TRY(find_repositories(full, found));
  }
  return {};
}

Result<std::vector<std::string>> Storage::list_repositories() const {
  std::vector<std::string> found;
  TRY(find_repositories("", found));
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<oci::Digest>> Storage::list_manifests(std::string_view repository) const {
  return list_digests(formatted("{}/_manifests/revisions", repository_path(repository)));
}

// A mark stays when its manifest is deleted, and counts again when the same manifest comes back.
Result<std::vector<oci::Digest>> Storage::list_referrers(std::string_view repository,
                                                         const oci::Digest& subject) const {
  std::vector<oci::Digest> referrers;
  for (const std::string& name : TRY(list_if_there(referrers_path(repository, subject)))) {
    auto digest = oci::Digest::parse(name);
    if (digest.ok() && has_manifest(repository, *digest)) referrers.push_back(std::move(digest).value());
  }
  return referrers;
}

}  // namespace tare::registry
