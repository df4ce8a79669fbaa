// The registry's folder. What a client may see exists under its final name, which only a rename or the creation of an
// empty file gives; so a kill at any instant leaves a valid store, and any number of processes may serve one folder.
//
//   ROOT/lock                                                   shared by who uses blobs, exclusive for who removes
//   them ROOT/blobs/sha256/aa/aa12…                                  content, manifests too; named by its digest
//   ROOT/repositories/NAME/_blobs/sha256/HEX                    empty: this repository has the blob
//   ROOT/repositories/NAME/_manifests/revisions/sha256/HEX      its media type: this repository has the manifest
//   ROOT/repositories/NAME/_manifests/tags/TAG                  a digest
//   ROOT/repositories/NAME/_manifests/referrers/sha256/HEX/DIGEST  empty: that manifest's subject is HEX
//   ROOT/repositories/NAME/_uploads/UUID                        bytes that are arriving (upload.h)
//
// Names are checked by the caller (names.h, oci::Digest): here they are trusted as paths.
// Threads: const, and safe to use from many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/digest.h"
#include "os/file.h"

namespace tare::registry {

struct StoredBlob {
  UniqueFd file;
  uint64_t size = 0;
};

struct StoredManifest {
  oci::Digest digest;
  std::string media_type;
  StoredBlob content;
};

// A manifest that was checked and is to be kept.
struct ManifestToStore {
  oci::Digest digest;
  std::string media_type;
  std::vector<std::string> tags;      // point at it from now on
  std::vector<oci::Digest> subjects;  // none or one
};

class Storage {
 public:
  static Result<Storage> open(std::string root);  // makes the folders when absent

  const std::string& root() const { return root_; }
  std::string blob_path(const oci::Digest& digest) const;
  std::string repository_path(std::string_view name) const;
  bool has_repository(std::string_view name) const;

  // While it is held, blobs are not collected. Take it around "is it there?" and the step that relies on the answer.
  Result<os::FileLock> keep_blobs() const;

  // ---- blobs, of one repository
  Result<StoredBlob> open_blob(std::string_view repository, const oci::Digest& digest) const;  // kNotFound
  // Its size; a client that asks is likely to refer to it soon, so it counts as new for garbage collection.
  Result<uint64_t> use_blob(std::string_view repository, const oci::Digest& digest) const;
  Result<void> mount_blob(std::string_view repository, const oci::Digest& digest, std::string_view from) const;
  Result<void> remove_blob(std::string_view repository, const oci::Digest& digest) const;
  // Takes a complete and verified file by rename, on stable storage, and gives it to the repository.
  Result<void> adopt_blob(std::string_view repository, const oci::Digest& digest, const std::string& file) const;

  // ---- manifests
  bool has_manifest(std::string_view repository, const oci::Digest& digest) const;
  Result<StoredManifest> open_manifest(std::string_view repository, const oci::Digest& digest) const;  // kNotFound
  Result<oci::Digest> read_tag(std::string_view repository, std::string_view tag) const;               // kNotFound
  Result<void> put_manifest(std::string_view repository, const ManifestToStore& manifest, std::string_view bytes) const;
  Result<void> remove_manifest(std::string_view repository, const oci::Digest& digest) const;  // with its tags
  Result<void> remove_tag(std::string_view repository, std::string_view tag) const;

  // ---- lists, sorted by byte value
  Result<std::vector<std::string>> list_tags(std::string_view repository) const;  // kNotFound: no such repository
  Result<std::vector<std::string>> list_repositories() const;
  Result<std::vector<oci::Digest>> list_manifests(std::string_view repository) const;
  Result<std::vector<oci::Digest>> list_referrers(std::string_view repository, const oci::Digest& subject) const;

 private:
  explicit Storage(std::string root) : root_(std::move(root)) {}
  std::string link_path(std::string_view repository, const oci::Digest& digest) const;
  std::string revision_path(std::string_view repository, const oci::Digest& digest) const;
  std::string tag_path(std::string_view repository, std::string_view tag) const;
  std::string referrers_path(std::string_view repository, const oci::Digest& subject) const;
  Result<void> replace_file(std::string_view repository, const std::string& path, std::string_view bytes) const;
  Result<void> write_blob(std::string_view repository, const oci::Digest& digest, std::string_view bytes) const;
  Result<void> move_blob(const oci::Digest& digest, const std::string& file) const;
  Result<void> find_repositories(const std::string& prefix, std::vector<std::string>& found) const;

  std::string root_;
};

// A new name in the repository's folder of arriving files: a UUID, version 4.
Result<std::string> new_upload_id();

}  // namespace tare::registry
