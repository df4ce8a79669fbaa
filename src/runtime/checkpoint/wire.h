// The part of protobuf's wire format that criu's requests and answers need: numbers, and bytes with a length. A library
// for it would be larger than all of checkpoint and restore, in a program that has to stay small.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::runtime {

// A message as it is built, field by field. Field numbers are those of criu's images/rpc.proto.
class WireWriter {
 public:
  WireWriter& number(unsigned field, uint64_t value);
  WireWriter& text(unsigned field, std::string_view value);  // also a message within the message
  const std::string& bytes() const { return bytes_; }

 private:
  void put(uint64_t value);

  std::string bytes_;
};

struct WireField {
  unsigned field = 0;
  uint64_t number = 0;    // of a number
  std::string_view text;  // of bytes; lives as long as the message
};

// Reads a message from front to back.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  // Nothing at the end; kCorrupt for what is no message.
  Result<std::optional<WireField>> next();

 private:
  Result<uint64_t> take_number();
  Result<std::string_view> take(uint64_t size);

  std::string_view rest_;
};

}  // namespace tare::runtime
