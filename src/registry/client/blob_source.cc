#include "registry/client/blob_source.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "registry/client/response_error.h"

namespace tare::registry {
namespace {

constexpr int kMaximumResumptions = 50;  // of one blob, however far each got: a peer that drips is not waited for

// "bytes 100-199/200": the first number.
std::optional<uint64_t> range_start(const std::string& content_range) {
  const auto unit = cut(content_range, ' ');
  if (!unit || unit->first != "bytes") return std::nullopt;
  const auto start = cut(unit->second, '-');
  return start ? parse_unsigned(start->first) : std::nullopt;
}

Result<void> check_length(const http::Headers& headers, uint64_t expected) {
  const auto length = headers.find("Content-Length");
  if (!length || parse_unsigned(*length) == expected) return {};
  return Failure(ErrorKind::kCorrupt, "the registry sends {} bytes, not the {} that the manifest says", *length,
                 expected);
}

class BlobSource : public ByteSource {
 public:
  BlobSource(Session& session, oci::Descriptor blob, uint64_t offset, BlobProgress progress)
      : session_(session), blob_(std::move(blob)), position_(offset), progress_(std::move(progress)) {}

  Result<size_t> read(std::span<std::byte> buffer) override {
    while (true) {
      auto count = read_once(buffer);
      if (count.ok()) failures_ = 0;
      if (count.ok() || !is_transient(count.error())) return std::move(count).context(name());
      response_.reset();
      const auto delay = plan_retry(session_.retry(), ++failures_, std::nullopt);
      if (!delay || ++resumptions_ > kMaximumResumptions) return std::move(count).context(name());
      if (!wait_for(*delay, session_.stop())) return Failure(ErrorKind::kCancelled, "{}: cancelled", name());
    }
  }

  // Called at once for the first request, so that a missing blob is known before anything is prepared for its bytes.
  Result<void> open() {
    Call call{.url = session_.url(formatted("blobs/{}", blob_.digest.string()))};
    if (position_ > 0) call.headers.add("Range", formatted("bytes={}-", position_));
    auto response = TRY(session_.send(call));
    if (response.status >= 400) return response_error(response, name());
    const auto plan = TRY(plan_range(response.status, response.headers, position_, blob_.size).context(name()));
    TRY(skip(*response.body, plan.skip));
    response_ = std::move(response);
    return {};
  }

 private:
  std::string name() const { return formatted("blob {}", blob_.digest.string()); }

  Result<size_t> read_once(std::span<std::byte> buffer) {
    if (position_ < blob_.size && !response_) TRY(open());
    if (position_ == blob_.size) return check_end();
    const auto left = std::min<uint64_t>(buffer.size(), blob_.size - position_);
    const size_t count = TRY(response_->body->read(buffer.first(static_cast<size_t>(left))));
    if (count == 0) {
      return Failure(ErrorKind::kUnavailable, "the registry ends it after {} of {} bytes", position_, blob_.size);
    }
    position_ += count;
    if (progress_) progress_(position_);
    return count;
  }

  // A longer body is another blob: the digest of its beginning may be right by an attacker's choice, the size is not.
  Result<size_t> check_end() {
    if (!response_) return size_t{0};
    std::array<std::byte, 1> surplus;
    const auto count = response_->body->read(surplus);
    response_.reset();
    if (!count.ok() || *count == 0) return size_t{0};
    return Failure(ErrorKind::kCorrupt, "the registry sends more than the {} bytes that the manifest says", blob_.size);
  }

  static Result<void> skip(ByteSource& body, uint64_t count) {
    std::array<std::byte, 16384> buffer;
    while (count > 0) {
      const auto part = std::min<uint64_t>(buffer.size(), count);
      const size_t done = TRY(body.read(std::span(buffer).first(static_cast<size_t>(part))));
      if (done == 0)
        return Failure(ErrorKind::kUnavailable, "the registry ends it before byte {} of the resumption", count);
      count -= done;
    }
    return {};
  }

  Session& session_;
  const oci::Descriptor blob_;
  uint64_t position_;
  BlobProgress progress_;
  std::optional<http::Response> response_;
  int failures_ = 0;     // in a row
  int resumptions_ = 0;  // in all
};

}  // namespace

Result<RangePlan> plan_range(int status, const http::Headers& headers, uint64_t offset, uint64_t size) {
  if (status == 200) {
    TRY(check_length(headers, size));
    return RangePlan{.skip = offset};
  }
  if (status == 206 && offset > 0) {
    const auto start = range_start(headers.find("Content-Range").value_or(""));
    if (start != offset)
      return Failure(ErrorKind::kCorrupt, "the registry sends another range than from byte {} on", offset);
    TRY(check_length(headers, size - offset));
    return RangePlan{};
  }
  return Failure(status_kind(status), "the registry answers {}", status);
}

Result<std::unique_ptr<ByteSource>> open_blob(Session& session, const oci::Descriptor& blob, uint64_t offset,
                                              BlobProgress progress) {
  if (offset > blob.size) {
    return Failure(ErrorKind::kInvalidArgument, "blob {}: byte {} is beyond its end", blob.digest.string(), offset);
  }
  auto source = std::make_unique<BlobSource>(session, blob, offset, std::move(progress));
  if (offset < blob.size) TRY(source->open());
  return std::unique_ptr<ByteSource>(std::move(source));
}

}  // namespace tare::registry
