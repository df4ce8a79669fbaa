#include "base/stream.h"

#include <algorithm>
#include <array>

namespace tare {

Result<size_t> MemorySource::read(std::span<std::byte> buffer) {
  const size_t count = std::min(buffer.size(), rest_.size());
  std::copy_n(rest_.begin(), count, buffer.begin());
  rest_ = rest_.subspan(count);
  return count;
}

Result<void> StringSink::write(ByteView bytes) {
  text_ += as_text(bytes);
  return {};
}

Result<std::string> read_all(ByteSource& source, size_t limit) {
  std::string text;
  std::array<std::byte, 16384> buffer;
  while (const size_t count = TRY(source.read(buffer))) {
    if (text.size() + count > limit) return Failure(ErrorKind::kCorrupt, "more than {} bytes", limit);
    text += as_text(ByteView(buffer).first(count));
  }
  return text;
}

Result<void> copy_all(ByteSource& source, ByteSink& sink) {
  std::vector<std::byte> buffer(size_t{64} << 10);
  while (const size_t count = TRY(source.read(buffer))) TRY(sink.write(ByteView(buffer).first(count)));
  return {};
}

}  // namespace tare
