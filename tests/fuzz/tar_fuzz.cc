// Archives: every entry, and its data both ways.
#include <array>

#include "base/stream.h"
#include "codec/tar.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  MemorySource source(text);
  codec::TarReader reader(source);
  for (bool dense = false;; dense = !dense) {
    const auto entry = reader.next();
    if (!entry.ok() || !*entry) return 0;
    std::array<std::byte, 4096> buffer;
    // A hole may be huge: a piece of it says as much as all.
    for (int round = 0; round < 64; ++round) {
      const bool more =
          dense ? reader.read(buffer).value_or(0) > 0 : reader.next_chunk().value_or(std::nullopt).has_value();
      if (!more) break;
    }
  }
}
