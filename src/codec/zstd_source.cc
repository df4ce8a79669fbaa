// RFC 8878 by libzstd. A frame may demand a window of at most 128 MiB (the library's default bound), so hostile input
// cannot make us allocate more.
#include <zstd.h>

#include <vector>

#include "codec/compress.h"

namespace tare::codec {
namespace {

struct FreeDecoder {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

class ZstdSource : public ByteSource {
 public:
  ZstdSource(ByteSource& inner, uint64_t limit) : inner_(inner), limit_(limit), buffer_(ZSTD_DStreamInSize()) {}
  Result<size_t> read(std::span<std::byte> buffer) override;

 private:
  Result<bool> refill();  // false at the end of the input, which must be the end of a frame

  ByteSource& inner_;
  const uint64_t limit_;
  uint64_t decoded_ = 0;
  bool any_frame_ = false;
  bool in_frame_ = true;  // the first frame is still missing
  bool more_output_ = false;
  std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder_{ZSTD_createDCtx()};
  std::vector<std::byte> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
};

Result<bool> ZstdSource::refill() {
  const size_t count = TRY(inner_.read(buffer_));
  if (count == 0 && !any_frame_) return Failure(ErrorKind::kCorrupt, "zstd: the input is empty");
  if (count == 0 && in_frame_) return Failure(ErrorKind::kCorrupt, "zstd: the data end too early");
  any_frame_ = true;
  input_ = {buffer_.data(), count, 0};
  return count > 0;
}

Result<size_t> ZstdSource::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return size_t{0};
  ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
  while (output.pos == 0) {
    if (!more_output_ && input_.pos == input_.size) {
      const bool more = TRY(refill());
      if (!more) return size_t{0};
    }
    const size_t outcome = ZSTD_decompressStream(decoder_.get(), &output, &input_);
    if (ZSTD_isError(outcome)) return Failure(ErrorKind::kCorrupt, "zstd: {}", ZSTD_getErrorName(outcome));
    in_frame_ = outcome != 0;
    more_output_ = in_frame_ && output.pos == output.size;
  }
  decoded_ += output.pos;
  if (decoded_ > limit_) return Failure(ErrorKind::kCorrupt, "zstd: more than {} bytes when decompressed", limit_);
  return output.pos;
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_zstd(ByteSource& inner, uint64_t limit) {
  return std::unique_ptr<ByteSource>(std::make_unique<ZstdSource>(inner, limit));
}

}  // namespace tare::codec
