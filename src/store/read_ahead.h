// A source that is read by a thread of its own, a little ahead: decompression and unpacking of one layer then use two
// processors. The bytes between are bounded.
#pragma once

#include <memory>

#include "base/stream.h"

namespace tare::store {

class ReadAhead : public ByteSource {
 public:
  // Borrows `inner`, which must not be used by others while this object lives.
  explicit ReadAhead(ByteSource& inner);
  ~ReadAhead() override;  // waits for the read that is under way
  Result<size_t> read(std::span<std::byte> buffer) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tare::store
