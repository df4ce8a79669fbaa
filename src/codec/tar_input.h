// The reader's view of the archive: a buffer of bytes ahead, and the offset for messages.
#pragma once

#include <vector>

#include "codec/tar_header.h"

namespace tare::codec {

class TarInput {
 public:
  explicit TarInput(ByteSource& source) : source_(source), buffer_(size_t{256} << 10) {}

  uint64_t offset() const { return offset_; }
  // The next block, consumed; nothing at the end of the source. kCorrupt when it ends within the block.
  Result<std::optional<TarBlock>> next_block();
  // At least one and at most `limit` bytes, consumed. Valid until the next call. kCorrupt at the end of the source.
  Result<ByteView> next_bytes(uint64_t limit);
  Result<void> skip(uint64_t count);
  // `size` bytes and the padding to a whole block: the content of a pax header or a long name.
  Result<std::string> read_text(uint64_t size, uint64_t limit);

 private:
  Result<bool> fill(size_t count);  // false at the end of the source before `count` bytes are there

  ByteSource& source_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
};

inline uint64_t tar_padding(uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

}  // namespace tare::codec
