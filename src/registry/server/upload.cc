#include "registry/server/upload.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <vector>

#include "base/text.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::registry {
namespace {

constexpr size_t kBufferSize = size_t{1} << 20;
constexpr size_t kHashLimit = 4096;  // abandoned sessions must not fill the memory

std::string session_path(const Storage& storage, std::string_view repository, std::string_view id) {
  return formatted("{}/_uploads/{}", storage.repository_path(repository), id);
}

Error no_upload(std::string_view id) { return Failure(ErrorKind::kNotFound, "no upload {}", id); }

// A commit renames the file away; who waited for its descriptor must not go on with it.
Result<bool> has_name(BorrowedFd file, const std::string& path) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return os::last_error("stat", path);
  return found.st_nlink > 0 && os::exists(path);
}

}  // namespace

codec::HashAlgorithm hash_algorithm(const oci::Digest& digest) {
  return digest.algorithm() == "sha512" ? codec::HashAlgorithm::kSha512 : codec::HashAlgorithm::kSha256;
}

Result<codec::HashAlgorithm> parse_hash_algorithm(std::string_view name) {
  if (name == "sha256") return codec::HashAlgorithm::kSha256;
  if (name == "sha512") return codec::HashAlgorithm::kSha512;
  return Failure(ErrorKind::kUnsupported, "digest algorithm {}: is neither sha256 nor sha512", name);
}

void PartialHashes::put(const std::string& id, PartialHash hash) {
  const std::lock_guard lock(mutex_);
  if (hashes_.size() >= kHashLimit) hashes_.erase(hashes_.begin());  // any: ids are random
  hashes_.insert_or_assign(id, std::move(hash));
}

std::optional<PartialHash> PartialHashes::take(const std::string& id) {
  const std::lock_guard lock(mutex_);
  auto node = hashes_.extract(id);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

Upload::Upload(const Storage& storage, PartialHashes& hashes, std::string_view repository, std::string id,
               UniqueFd file)
    : storage_(&storage),
      hashes_(&hashes),
      repository_(repository),
      id_(std::move(id)),
      path_(session_path(storage, repository, id_)),
      file_(std::move(file)) {}

Upload::~Upload() {
  if (file_.valid() && hash_) hashes_->put(id_, std::move(*hash_));
}

Result<Upload> Upload::begin(const Storage& storage, PartialHashes& hashes, std::string_view repository,
                             codec::HashAlgorithm algorithm) {
  std::string id = TRY(new_upload_id());
  const std::string path = session_path(storage, repository, id);
  TRY(os::make_directories(formatted("{}/_uploads", storage.repository_path(repository))));
  auto file = TRY(os::open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0644));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return os::last_error("lock", path);
  Upload upload(storage, hashes, repository, std::move(id), std::move(file));
  upload.hash_.emplace(PartialHash{algorithm, codec::Hash(algorithm), 0});
  return upload;
}

Result<Upload> Upload::resume(const Storage& storage, PartialHashes& hashes, std::string_view repository,
                              const std::string& id) {
  const std::string path = session_path(storage, repository, id);
  auto file = os::open(path, O_RDWR | O_APPEND);
  if (!file.ok() && file.error().kind() == ErrorKind::kNotFound) return no_upload(id);
  if (!file.ok()) return std::move(file).error();
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    return Failure(ErrorKind::kConflict, "upload {}: another request is writing to it", id);
  }
  if (!TRY(has_name(*file, path))) return no_upload(id);
  struct stat found {};
  if (::fstat(file->get(), &found) != 0) return os::last_error("stat", path);
  Upload upload(storage, hashes, repository, id, std::move(file).value());
  upload.size_ = static_cast<uint64_t>(found.st_size);
  upload.hash_ = hashes.take(id);
  return upload;
}

Result<void> Upload::append(ByteSource& source) {
  std::vector<std::byte> buffer(kBufferSize);
  while (const size_t count = TRY(source.read(buffer))) {
    const ByteView bytes = ByteView(buffer).first(count);
    TRY(os::write_all(file_, as_text(bytes), path_));
    size_ += count;
    if (!hash_) continue;
    hash_->hash.update(bytes);
    hash_->size += count;
  }
  return {};
}

Result<void> Upload::truncate(uint64_t size) {
  if (size == size_) return {};
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return os::last_error("truncate", path_);
  size_ = size;
  hash_.reset();
  return {};
}

Result<codec::Hash> Upload::hash_file(codec::HashAlgorithm algorithm) const {
  const auto file = TRY(os::open(path_, O_RDONLY));
  os::FdSource source(file, path_);
  codec::Hash hash(algorithm);
  std::vector<std::byte> buffer(kBufferSize);
  while (const size_t count = TRY(source.read(buffer))) hash.update(ByteView(buffer).first(count));
  return hash;
}

// The hash is complete only when it saw every byte that the file has: a write that failed half-way leaves more.
Result<std::string> Upload::compute_digest(codec::HashAlgorithm algorithm) {
  struct stat found {};
  if (::fstat(file_.get(), &found) != 0) return os::last_error("stat", path_);
  const bool complete = hash_ && hash_->algorithm == algorithm && hash_->size == static_cast<uint64_t>(found.st_size);
  if (complete) return hash_->hash.finish_hex();
  auto hash = TRY(hash_file(algorithm));
  return hash.finish_hex();
}

Result<void> Upload::commit(const oci::Digest& expected) && {
  const std::string actual = TRY(compute_digest(hash_algorithm(expected)));
  const UniqueFd ended = std::move(file_);
  hash_.reset();
  if (actual != expected.hex()) {
    TRY(os::remove_file(path_));
    return Failure(ErrorKind::kCorrupt, "upload {}: the content is {}:{}, not {}", id_, expected.algorithm(), actual,
                   expected.string());
  }
  return storage_->adopt_blob(repository_, expected, path_);
}

Result<void> Upload::cancel() && {
  const UniqueFd ended = std::move(file_);
  hash_.reset();
  return os::remove_file(path_);
}

}  // namespace tare::registry
