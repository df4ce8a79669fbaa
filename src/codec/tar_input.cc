#include "codec/tar_input.h"

#include <algorithm>

namespace tare::codec {
namespace {

Error ends_too_early() { return Failure(ErrorKind::kCorrupt, "the archive ends too early"); }

}  // namespace

Result<bool> TarInput::fill(size_t count) {
  if (end_ - begin_ >= count) return true;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  while (end_ < count) {
    const size_t more = TRY(source_.read(std::span(buffer_).subspan(end_)));
    if (more == 0) return false;
    end_ += more;
  }
  return true;
}

Result<std::optional<TarBlock>> TarInput::next_block() {
  const bool filled = TRY(fill(kTarBlock));
  if (!filled && begin_ == end_) return std::optional<TarBlock>();
  if (!filled) return ends_too_early();
  const TarBlock block = std::span(buffer_).subspan(begin_).first<kTarBlock>();
  begin_ += kTarBlock;
  offset_ += kTarBlock;
  return std::optional(block);
}

Result<ByteView> TarInput::next_bytes(uint64_t limit) {
  const bool filled = TRY(fill(1));
  if (!filled) return ends_too_early();
  const size_t count = std::min<uint64_t>(end_ - begin_, limit);
  const ByteView bytes = ByteView(buffer_).subspan(begin_, count);
  begin_ += count;
  offset_ += count;
  return bytes;
}

Result<void> TarInput::skip(uint64_t count) {
  while (count > 0) {
    const ByteView bytes = TRY(next_bytes(count));
    count -= bytes.size();
  }
  return {};
}

Result<std::string> TarInput::read_text(uint64_t size, uint64_t limit) {
  if (size > limit) return Failure(ErrorKind::kCorrupt, "a header of {} bytes, more than {}", size, limit);
  std::string text;
  while (text.size() < size) {
    const ByteView bytes = TRY(next_bytes(size - text.size()));
    text += as_text(bytes);
  }
  TRY(skip(tar_padding(size)));
  return text;
}

}  // namespace tare::codec
