#include "store/arriving_blob.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"

namespace tare::store {

ArrivingBlob::ArrivingBlob(std::string path, UniqueFd file, uint64_t arrived, const oci::Descriptor& expected,
                           const OpenBlob& open)
    : path_(std::move(path)),
      file_(std::move(file)),
      arrived_(arrived),
      expected_(expected),
      open_(open),
      hash_(expected.digest.algorithm() == "sha512" ? codec::HashAlgorithm::kSha512 : codec::HashAlgorithm::kSha256) {}

Result<std::unique_ptr<ArrivingBlob>> ArrivingBlob::start(const std::string& path, const oci::Descriptor& expected,
                                                          const OpenBlob& open) {
  auto file = TRY(os::open(path, O_RDWR | O_CREAT | O_APPEND, 0600));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return os::last_error("stat", path);
  auto arrived = static_cast<uint64_t>(status.st_size);
  if (arrived > expected.size) {
    if (::ftruncate(file.get(), 0) != 0) return os::last_error("truncate", path);
    arrived = 0;
  }
  return std::unique_ptr<ArrivingBlob>(new ArrivingBlob(path, std::move(file), arrived, expected, open));
}

Result<size_t> ArrivingBlob::read(std::span<std::byte> buffer) {
  const size_t got = count_ < arrived_ ? TRY(read_arrived(buffer)) : TRY(read_remote(buffer));
  hash_.update(buffer.first(got));
  count_ += got;
  return got;
}

Result<size_t> ArrivingBlob::read_arrived(std::span<std::byte> buffer) {
  const auto size = static_cast<size_t>(std::min<uint64_t>(buffer.size(), arrived_ - count_));
  const ssize_t got =
      os::retry_interrupted([&] { return ::pread(file_.get(), buffer.data(), size, static_cast<off_t>(count_)); });
  if (got < 0) return os::last_error("read", path_);
  if (got == 0) return Failure(ErrorKind::kCorrupt, "{} became shorter while it was read", path_);
  return static_cast<size_t>(got);
}

Result<size_t> ArrivingBlob::read_remote(std::span<std::byte> buffer) {
  // Complete already: a server need not be asked for nothing (and would answer 416).
  if (count_ == expected_.size && arrived_ == count_) return size_t{0};
  if (!remote_) remote_ = TRY(open_(count_));
  const size_t got = TRY(remote_->read(buffer));
  ended_early_ = got == 0 && count_ < expected_.size;
  if (got > expected_.size - count_) {
    return Failure(ErrorKind::kCorrupt, "blob {} is longer than the {} bytes that its descriptor says",
                   expected_.digest.string(), expected_.size);
  }
  TRY(os::write_all(file_, as_text(buffer.first(got)), path_));
  return got;
}

Result<void> ArrivingBlob::finish() {
  TRY(codec::drain_source(*this));
  if (count_ != expected_.size) {
    // What came is kept: the next attempt asks for the rest.
    return Failure(ErrorKind::kUnavailable, "blob {} ended after {} of {} bytes", expected_.digest.string(), count_,
                   expected_.size)
        .with_hint("try again: it continues where it stopped");
  }
  const std::string found = hash_.finish_hex();
  if (found == expected_.digest.hex()) return {};
  return Failure(ErrorKind::kCorrupt, "blob {} is damaged: its bytes have the digest {}:{}", expected_.digest.string(),
                 expected_.digest.algorithm(), found);
}

}  // namespace tare::store
