// One zstd frame with a checksum. libzstd's own workers compress; its output is the same for every number of workers
// from one up (but not for none), so there is always at least one.
#include <zstd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "codec/compress.h"

namespace tare::codec {
namespace {

struct FreeEncoder {
  void operator()(ZSTD_CCtx* encoder) const { ZSTD_freeCCtx(encoder); }
};

class ZstdSink : public ByteSink {
 public:
  ZstdSink(ByteSink& inner, int level, unsigned threads) : inner_(inner), output_(ZSTD_CStreamOutSize()) {
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, std::clamp(level, 1, 19));
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_nbWorkers, static_cast<int>(std::min(threads, 64u)));
  }
  Result<void> write(ByteView bytes) override;
  Result<void> finish() override;

 private:
  Result<size_t> step(ZSTD_inBuffer& input, ZSTD_EndDirective directive);

  ByteSink& inner_;
  std::unique_ptr<ZSTD_CCtx, FreeEncoder> encoder_{ZSTD_createCCtx()};
  std::vector<std::byte> output_;
};

// Compresses some input and writes what came out; the number is 0 once everything was flushed.
Result<size_t> ZstdSink::step(ZSTD_inBuffer& input, ZSTD_EndDirective directive) {
  ZSTD_outBuffer output{output_.data(), output_.size(), 0};
  const size_t outcome = ZSTD_compressStream2(encoder_.get(), &output, &input, directive);
  if (ZSTD_isError(outcome)) return Failure(ErrorKind::kInternal, "zstd: {}", ZSTD_getErrorName(outcome));
  if (output.pos > 0) TRY(inner_.write(ByteView(output_).first(output.pos)));
  return outcome;
}

Result<void> ZstdSink::write(ByteView bytes) {
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (input.pos < input.size) TRY(step(input, ZSTD_e_continue));
  return {};
}

Result<void> ZstdSink::finish() {
  ZSTD_inBuffer input{nullptr, 0, 0};
  for (;;) {
    const size_t left = TRY(step(input, ZSTD_e_end));
    if (left == 0) return inner_.finish();
  }
}

}  // namespace

std::unique_ptr<ByteSink> make_zstd_sink(ByteSink& inner, int level, unsigned threads) {
  const unsigned count = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
  return std::make_unique<ZstdSink>(inner, level, count);
}

}  // namespace tare::codec
