// Bytes that flow: whoever has bytes is a ByteSource, whoever takes them is a ByteSink. Decoders wrap a source,
// encoders wrap a sink, so that socket → digest → inflate → files is one chain without a temporary file.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace tare {

using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to buffer.size() bytes and returns how many; 0 only at the end (never for an empty wait). Blocks.
  virtual Result<size_t> read(std::span<std::byte> buffer) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all bytes or fails.
  virtual Result<void> write(ByteView bytes) = 0;
  // The last call: what is still buffered is written; encoders write their trailer. Not called after a failure.
  virtual Result<void> finish() { return {}; }
};

// A source over bytes in memory, which must outlive it.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) : rest_(bytes) {}
  explicit MemorySource(std::string_view text) : rest_(as_bytes(text)) {}
  Result<size_t> read(std::span<std::byte> buffer) override;

 private:
  ByteView rest_;
};

class StringSink : public ByteSink {
 public:
  Result<void> write(ByteView bytes) override;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Everything that is left of a source, as text; kCorrupt when it is more than `limit` bytes.
Result<std::string> read_all(ByteSource& source, size_t limit);
Result<void> copy_all(ByteSource& source, ByteSink& sink);

}  // namespace tare
