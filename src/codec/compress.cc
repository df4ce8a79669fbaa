#include "codec/compress.h"

#include <algorithm>
#include <array>

namespace tare::codec {
namespace {

// Passes bytes through, up to the limit.
class LimitedSource : public ByteSource {
 public:
  LimitedSource(ByteSource& inner, uint64_t limit) : inner_(inner), limit_(limit) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    const size_t count = TRY(inner_.read(buffer));
    read_ += count;
    if (read_ > limit_) return Failure(ErrorKind::kCorrupt, "more than {} bytes", limit_);
    return count;
  }

 private:
  ByteSource& inner_;
  const uint64_t limit_;
  uint64_t read_ = 0;
};

// Gives back the bytes that were taken to look at, then the rest.
class ReplayingSource : public ByteSource {
 public:
  explicit ReplayingSource(ByteSource& inner) : inner_(inner) {}

  Result<ByteView> peek() {
    while (size_ < first_.size()) {
      const size_t count = TRY(inner_.read(std::span(first_).subspan(size_)));
      if (count == 0) break;
      size_ += count;
    }
    return ByteView(first_).first(size_);
  }

  Result<size_t> read(std::span<std::byte> buffer) override {
    if (given_ == size_) return inner_.read(buffer);
    const size_t count = std::min(buffer.size(), size_ - given_);
    std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), count, buffer.begin());
    given_ += count;
    return count;
  }

 private:
  ByteSource& inner_;
  std::array<std::byte, kMagicSize> first_;
  size_t size_ = 0;
  size_t given_ = 0;
};

// A decoder together with the source that it borrows.
class DetectedSource : public ByteSource {
 public:
  explicit DetectedSource(ByteSource& inner) : replay_(inner) {}

  Result<void> open(uint64_t limit) {
    const ByteView first = TRY(replay_.peek());
    const Compression kind = TRY(detect_compression(first));
    decoder_ = TRY(open_compressed(replay_, kind, limit));
    return {};
  }
  Result<size_t> read(std::span<std::byte> buffer) override { return decoder_->read(buffer); }

 private:
  ReplayingSource replay_;
  std::unique_ptr<ByteSource> decoder_;
};

}  // namespace

std::string_view to_string(Compression kind) {
  switch (kind) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
  }
  return "unknown";
}

Result<std::unique_ptr<ByteSource>> open_compressed(ByteSource& inner, Compression kind, uint64_t limit) {
  if (kind == Compression::kGzip) return open_gzip(inner, limit);
  if (kind == Compression::kZstd) return open_zstd(inner, limit);
  return std::unique_ptr<ByteSource>(std::make_unique<LimitedSource>(inner, limit));
}

Result<Compression> detect_compression(ByteView first_bytes) {
  const std::string_view magic = as_text(first_bytes);
  if (magic.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (magic.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  // The skippable frame that seekable and estargz-like variants may begin with: 0x184D2A50 … 5F, little endian.
  const bool skippable = magic.size() >= 4 && (magic[0] & '\xf0') == '\x50' && magic.substr(1, 3) == "\x2a\x4d\x18";
  if (skippable) return Compression::kZstd;
  if (magic.starts_with("BZh")) return Failure(ErrorKind::kUnsupported, "bzip2 compression is not supported");
  if (magic.starts_with("\xfd"
                        "7zXZ"))
    return Failure(ErrorKind::kUnsupported, "xz compression is not supported");
  return Compression::kNone;
}

Result<std::unique_ptr<ByteSource>> open_detected(ByteSource& inner, uint64_t limit) {
  auto source = std::make_unique<DetectedSource>(inner);
  TRY(source->open(limit));
  return std::unique_ptr<ByteSource>(std::move(source));
}

}  // namespace tare::codec
