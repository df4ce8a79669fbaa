// Blobs that are arriving. A session is a file, repositories/NAME/_uploads/UUID, whose length says how much has come;
// it is resumed as long as it exists, also by another process after a crash. The hash of what has come is kept in
// memory, and computed again from the file where it is lost.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/stream.h"
#include "codec/sha256.h"
#include "oci/digest.h"
#include "registry/server/storage.h"

namespace tare::registry {

codec::HashAlgorithm hash_algorithm(const oci::Digest& digest);
// "sha256" or "sha512"; kUnsupported otherwise.
Result<codec::HashAlgorithm> parse_hash_algorithm(std::string_view name);

// The hash of the first `size` bytes of a session.
struct PartialHash {
  codec::HashAlgorithm algorithm;
  codec::Hash hash;
  uint64_t size = 0;
};

// Hashes of sessions that no request is working on. Threads: any.
class PartialHashes {
 public:
  void put(const std::string& id, PartialHash hash);
  std::optional<PartialHash> take(const std::string& id);

 private:
  std::mutex mutex_;
  std::map<std::string, PartialHash> hashes_;
};

// One request's hold on a session: others that want it are refused with kConflict.
class Upload {
 public:
  // A new session. `algorithm` is the one that its digest will probably have.
  static Result<Upload> begin(const Storage& storage, PartialHashes& hashes, std::string_view repository,
                              codec::HashAlgorithm algorithm);
  static Result<Upload> resume(const Storage& storage, PartialHashes& hashes, std::string_view repository,
                               const std::string& id);  // kNotFound, kConflict
  Upload(Upload&&) noexcept = default;
  Upload& operator=(Upload&&) = delete;
  ~Upload();

  const std::string& id() const { return id_; }
  uint64_t size() const { return size_; }
  // Appends all of a source. What came before a failure stays.
  Result<void> append(ByteSource& source);
  // Forgets everything behind `size`.
  Result<void> truncate(uint64_t size);
  // Ends the session: its bytes become a blob of the repository. kCorrupt, and nothing is left, when they have another
  // digest.
  Result<void> commit(const oci::Digest& expected) &&;
  Result<void> cancel() &&;

 private:
  Upload(const Storage& storage, PartialHashes& hashes, std::string_view repository, std::string id, UniqueFd file);
  Result<codec::Hash> hash_file(codec::HashAlgorithm algorithm) const;
  Result<std::string> compute_digest(codec::HashAlgorithm algorithm);

  const Storage* storage_;
  PartialHashes* hashes_;
  std::string repository_;
  std::string id_;
  std::string path_;
  UniqueFd file_;  // locked; invalid when moved from, or ended
  uint64_t size_ = 0;
  std::optional<PartialHash> hash_;
};

}  // namespace tare::registry
