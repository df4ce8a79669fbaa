// A gzip stream made in parallel: the input is cut into chunks of a fixed size, each chunk is deflated on its own and
// ends on a byte boundary, and the pieces joined are one deflate stream (one member, one CRC). Where the cuts are
// depends on the input alone, so the output does not depend on the number of threads.
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <deque>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "codec/compress.h"

namespace tare::codec {
namespace {

using Bytes = std::vector<std::byte>;

constexpr size_t kChunkSize = size_t{1} << 20;  // the dictionary lost at each cut costs 0.3 % of the size

enum class Position { kMiddle, kLast };

// ISA-L's level 3 is near zlib's 3 to 4; there is nothing slower.
uint32_t isal_level(int level) { return level <= 2 ? 1 : level <= 5 ? 2 : 3; }

uint32_t level_buffer_size(uint32_t level) {
  constexpr std::array<uint32_t, 4> kSizes{0, ISAL_DEF_LVL1_LARGE, ISAL_DEF_LVL2_LARGE, ISAL_DEF_LVL3_LARGE};
  return kSizes[level];
}

// Stored blocks bound the result: 5 bytes for each 64 KiB, and some for headers and the flush marker.
size_t deflated_bound(size_t size) { return size + (size / 65535 + 1) * 5 + 1024; }

Bytes deflate_chunk(const Bytes& chunk, uint32_t level, Position position) {
  std::vector<uint8_t> level_buffer(level_buffer_size(level));
  Bytes output(deflated_bound(chunk.size()));
  auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  stream->level = level;
  stream->level_buf = level_buffer.data();
  stream->level_buf_size = static_cast<uint32_t>(level_buffer.size());
  stream->flush = FULL_FLUSH;
  stream->end_of_stream = position == Position::kLast;
  stream->next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(chunk.data()));
  stream->avail_in = static_cast<uint32_t>(chunk.size());
  stream->next_out = reinterpret_cast<uint8_t*>(output.data());
  stream->avail_out = static_cast<uint32_t>(output.size());
  if (isal_deflate_stateless(stream.get()) != COMP_OK) return {};
  output.resize(stream->total_out);
  return output;
}

// Deflate output is never empty, so an empty piece is the failure that cannot happen with a bound that holds.
Result<void> write_piece(ByteSink& sink, const Bytes& piece) {
  if (piece.empty()) return Failure(ErrorKind::kInternal, "gzip: deflate ran out of output space");
  return sink.write(piece);
}

class GzipSink : public ByteSink {
 public:
  GzipSink(ByteSink& inner, int level, unsigned threads) : inner_(inner), level_(isal_level(level)), threads_(threads) {
    chunk_.reserve(kChunkSize);
  }
  Result<void> write(ByteView bytes) override;
  Result<void> finish() override;

 private:
  Result<void> begin();
  Result<void> compress_chunk();
  Result<void> write_oldest();
  Result<void> write_trailer();

  ByteSink& inner_;
  const uint32_t level_;
  const unsigned threads_;
  bool begun_ = false;
  Bytes chunk_;
  std::deque<std::future<Bytes>> pieces_;  // in order; at most threads_
  uint32_t crc_ = 0;
  uint32_t size_ = 0;  // modulo 2^32, as the trailer has it
};

// Neither a name nor a time, "unknown" for the operating system: the header says nothing about who compressed when.
Result<void> GzipSink::begin() {
  begun_ = true;
  return inner_.write(as_bytes(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10)));
}

Result<void> GzipSink::write(ByteView bytes) {
  crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  size_ += static_cast<uint32_t>(bytes.size());
  while (!bytes.empty()) {
    // A full chunk waits for the next byte: the last one must be marked as such.
    if (chunk_.size() == kChunkSize) TRY(compress_chunk());
    const size_t count = std::min(bytes.size(), kChunkSize - chunk_.size());
    chunk_.insert(chunk_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
  }
  return {};
}

Result<void> GzipSink::write_oldest() {
  const Bytes piece = pieces_.front().get();
  pieces_.pop_front();
  return write_piece(inner_, piece);
}

Result<void> GzipSink::compress_chunk() {
  if (!begun_) TRY(begin());
  Bytes chunk = std::exchange(chunk_, {});
  chunk_.reserve(kChunkSize);
  if (threads_ <= 1) return write_piece(inner_, deflate_chunk(chunk, level_, Position::kMiddle));
  if (pieces_.size() >= threads_) TRY(write_oldest());
  const auto shared = std::make_shared<Bytes>(std::move(chunk));
  const auto work = [shared, level = level_] { return deflate_chunk(*shared, level, Position::kMiddle); };
  try {
    pieces_.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {  // no thread to be had (a pids limit): the chunk is done when its turn comes
    pieces_.push_back(std::async(std::launch::deferred, work));
  }
  return {};
}

Result<void> GzipSink::write_trailer() {
  std::array<std::byte, 8> trailer;
  for (unsigned i = 0; i < 4; ++i) {
    trailer[i] = static_cast<std::byte>(crc_ >> (8 * i));
    trailer[4 + i] = static_cast<std::byte>(size_ >> (8 * i));
  }
  return inner_.write(trailer);
}

Result<void> GzipSink::finish() {
  if (!begun_) TRY(begin());
  while (!pieces_.empty()) TRY(write_oldest());
  TRY(write_piece(inner_, deflate_chunk(chunk_, level_, Position::kLast)));
  TRY(write_trailer());
  return inner_.finish();
}

}  // namespace

std::unique_ptr<ByteSink> make_gzip_sink(ByteSink& inner, int level, unsigned threads) {
  const unsigned count = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
  return std::make_unique<GzipSink>(inner, level, count);
}

}  // namespace tare::codec
