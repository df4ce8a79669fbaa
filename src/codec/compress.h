// gzip (ISA-L) and zstd (libzstd) as sources and sinks. Decoders take hostile bytes: what is damaged, truncated or
// larger than the limit is kCorrupt, never a short read. Encoders are deterministic: same bytes and level, same output,
// whatever the number of threads.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "base/stream.h"

namespace tare::codec {

enum class Compression { kNone, kGzip, kZstd };

std::string_view to_string(Compression kind);  // "none", "gzip", "zstd"

inline constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// Decoders borrow `inner`, which must outlive them. `limit` bounds the decoded bytes (against decompression bombs).
// gzip: any number of members, zero padding after the last. zstd: any number of frames, skippable ones included.
Result<std::unique_ptr<ByteSource>> open_gzip(ByteSource& inner, uint64_t limit = kNoLimit);
Result<std::unique_ptr<ByteSource>> open_zstd(ByteSource& inner, uint64_t limit = kNoLimit);
Result<std::unique_ptr<ByteSource>> open_compressed(ByteSource& inner, Compression kind, uint64_t limit = kNoLimit);

inline constexpr size_t kMagicSize = 6;
// What the first kMagicSize bytes say; kUnsupported names a compression that is known but not read (bzip2, xz).
Result<Compression> detect_compression(ByteView first_bytes);
// Looks at the first bytes of `inner` and decodes accordingly; bytes without a known magic pass through unchanged.
Result<std::unique_ptr<ByteSource>> open_detected(ByteSource& inner, uint64_t limit = kNoLimit);

// Encoders borrow `inner`; their finish() writes the trailer and then finishes `inner`.
// Levels 1 (fast) to 9; ISA-L has four, onto which they are mapped. `threads` 0 means one per processor.
std::unique_ptr<ByteSink> make_gzip_sink(ByteSink& inner, int level = 1, unsigned threads = 0);
// Levels 1 to 19. One frame with a checksum.
std::unique_ptr<ByteSink> make_zstd_sink(ByteSink& inner, int level = 3, unsigned threads = 0);

}  // namespace tare::codec
