#include "runtime/checkpoint/wire.h"

namespace tare::runtime {
namespace {

enum WireType : unsigned { kNumber = 0, kEightBytes = 1, kBytes = 2, kFourBytes = 5 };
constexpr unsigned kTypeBits = 3;
constexpr unsigned kGroup = 7;  // bits of a number in one byte; the eighth says that more follow
constexpr unsigned kMore = 0x80;

Error corrupt() { return Failure(ErrorKind::kCorrupt, "a message of criu cannot be read"); }

}  // namespace

void WireWriter::put(uint64_t value) {
  for (; value >= kMore; value >>= kGroup) bytes_.push_back(static_cast<char>((value & (kMore - 1)) | kMore));
  bytes_.push_back(static_cast<char>(value));
}

WireWriter& WireWriter::number(unsigned field, uint64_t value) {
  put((field << kTypeBits) | kNumber);
  put(value);
  return *this;
}

WireWriter& WireWriter::text(unsigned field, std::string_view value) {
  put((field << kTypeBits) | kBytes);
  put(value.size());
  bytes_.append(value);
  return *this;
}

Result<uint64_t> WireReader::take_number() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += kGroup) {
    if (rest_.empty()) return corrupt();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & (kMore - 1)) << shift;
    if ((byte & kMore) == 0) return value;
  }
  return corrupt();
}

Result<std::string_view> WireReader::take(uint64_t size) {
  if (size > rest_.size()) return corrupt();
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<std::optional<WireField>> WireReader::next() {
  if (rest_.empty()) return std::optional<WireField>();
  const uint64_t key = TRY(take_number());
  WireField field{static_cast<unsigned>(key >> kTypeBits), 0, {}};
  switch (key & ((1U << kTypeBits) - 1)) {
    case kNumber:
      field.number = TRY(take_number());
      break;
    case kBytes: {
      const uint64_t size = TRY(take_number());
      field.text = TRY(take(size));
      break;
    }
    case kEightBytes:
      field.text = TRY(take(8));
      break;
    case kFourBytes:
      field.text = TRY(take(4));
      break;
    default:
      return corrupt();
  }
  return std::optional(field);
}

}  // namespace tare::runtime
