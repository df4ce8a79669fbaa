#include "registry/client/upload_blob.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "http/client/url.h"
#include "os/error.h"
#include "os/file.h"
#include "registry/client/response_error.h"

namespace tare::registry {
namespace {

constexpr uint64_t kChunkSize = uint64_t{8} << 20;  // proxies with a limit mostly have one above this
// A registry may copy the whole blob to its storage before it answers.
constexpr std::chrono::minutes kCommitPatience{10};

// A part of a blob's file; owns the descriptor.
class FilePart : public ByteSource {
 public:
  FilePart(UniqueFd file, uint64_t offset, uint64_t size, UploadProgress progress)
      : file_(std::move(file)), position_(offset), end_(offset + size), progress_(std::move(progress)) {}

  Result<size_t> read(std::span<std::byte> buffer) override {
    const auto wanted = std::min<uint64_t>(buffer.size(), end_ - position_);
    if (wanted == 0) return size_t{0};
    const auto count = os::retry_interrupted([&] {
      return ::pread(file_.get(), buffer.data(), static_cast<size_t>(wanted), static_cast<off_t>(position_));
    });
    if (count < 0) return os::last_error("read", "a blob");
    if (count == 0) return Failure(ErrorKind::kCorrupt, "a blob's file ends after {} bytes", position_);
    position_ += static_cast<uint64_t>(count);
    if (progress_) progress_(position_);
    return static_cast<size_t>(count);
  }

 private:
  UniqueFd file_;
  uint64_t position_;
  uint64_t end_;
  UploadProgress progress_;
};

class Upload {
 public:
  Upload(Session& session, const store::Store& store, const oci::Descriptor& blob, const UploadProgress& progress)
      : session_(session), store_(store), blob_(blob), progress_(progress) {}

  Result<bool> is_there() {
    auto response =
        TRY(session_.send({.method = "HEAD", .url = session_.url(formatted("blobs/{}", blob_.digest.string()))}));
    discard_body(response);
    if (response.status == 200) return true;
    if (response.status == 404) return false;
    return response_error(response, "look for it");
  }

  // Starts an upload session, or mounts. True: the blob is there now.
  Result<bool> start(const std::string& mount_from) {
    std::string url = session_.url("blobs/uploads/");
    if (!mount_from.empty()) {
      url = http::add_query(url, "mount", blob_.digest.string());
      url = http::add_query(url, "from", mount_from);
    }
    auto response = TRY(session_.send({.method = "POST", .url = url}));
    if (response.status == 201 && !mount_from.empty()) return discard_body(response), true;
    if (response.status != 202) return response_error(response, "start its upload");
    TRY(follow_location(response));
    return false;
  }

  // All bytes in one request. The status that the registry gives; 201 is success.
  Result<http::Response> send_whole() {
    return session_.send({.method = "PUT",
                          .url = http::add_query(location_, "digest", blob_.digest.string()),
                          .headers = {{"Content-Type", "application/octet-stream"}},
                          .open_body = part(0, blob_.size),
                          .body_size = blob_.size,
                          .stall_timeout = kCommitPatience});
  }

  Result<void> send_in_chunks() {
    TRY(start(""));
    for (uint64_t offset = 0; offset < blob_.size; offset += kChunkSize) {
      const uint64_t size = std::min(kChunkSize, blob_.size - offset);
      auto response = TRY(session_.send({.method = "PATCH",
                                         .url = location_,
                                         .headers = {{"Content-Type", "application/octet-stream"},
                                                     {"Content-Range", formatted("{}-{}", offset, offset + size - 1)}},
                                         .open_body = part(offset, size),
                                         .body_size = size}));
      if (response.status != 202 && response.status != 204) return response_error(response, "upload a chunk");
      TRY(follow_location(response));
    }
    auto response = TRY(session_.send({.method = "PUT",
                                       .url = http::add_query(location_, "digest", blob_.digest.string()),
                                       .stall_timeout = kCommitPatience}));
    if (response.status != 201) return response_error(response, "finish its upload");
    discard_body(response);
    return {};
  }

 private:
  Result<void> follow_location(http::Response& response) {
    const auto location = response.headers.find("Location");
    if (!location) return Failure(ErrorKind::kCorrupt, "the registry does not say where to upload");
    location_ = TRY(http::resolve_url(response.url, *location));
    discard_body(response);
    return {};
  }

  std::function<Result<std::unique_ptr<ByteSource>>()> part(uint64_t offset, uint64_t size) {
    return [this, offset, size]() -> Result<std::unique_ptr<ByteSource>> {
      auto file = TRY(store_.open_blob(blob_.digest));
      return std::unique_ptr<ByteSource>(std::make_unique<FilePart>(std::move(file), offset, size, progress_));
    };
  }

  Session& session_;
  const store::Store& store_;
  const oci::Descriptor& blob_;
  const UploadProgress& progress_;
  std::string location_;
};

// Registries and proxies in front of them that want no body of this size, or none in a PUT.
bool wants_chunks(int status) {
  return status == 404 || status == 405 || status == 411 || status == 413 || status == 415;
}

}  // namespace

Result<Uploaded> upload_blob(Session& session, const store::Store& store, const oci::Descriptor& blob,
                             const std::string& mount_from, const UploadProgress& progress) {
  Upload upload(session, store, blob, progress);
  if (TRY(upload.is_there())) return Uploaded::kAlreadyThere;
  if (TRY(upload.start(mount_from))) return Uploaded::kMounted;
  auto response = TRY(upload.send_whole());
  if (wants_chunks(response.status)) {
    discard_body(response);
    TRY(upload.send_in_chunks());
  } else if (response.status != 201) {
    return response_error(response, "upload it");
  }
  discard_body(response);
  return Uploaded::kSent;
}

}  // namespace tare::registry
