// Byte ranges: "Range" of downloads (RFC 9110, section 14.2) and "Content-Range" of uploads (OCI distribution).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tare::http {

struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeVerdict { kWhole, kPart, kUnsatisfiable };

struct SelectedRange {
  RangeVerdict verdict = RangeVerdict::kWhole;
  ByteRange range;  // meaningful for kPart
};

// What to send of `size` bytes. No header, another unit, bad syntax and several ranges all mean the whole, as the RFC
// allows; a range that begins behind the end is unsatisfiable.
SelectedRange select_range(std::optional<std::string_view> header, uint64_t size);

// "0-1023": the form of the OCI specification, also with "bytes " before and "/total" behind as curl writes it.
std::optional<ByteRange> parse_content_range(std::string_view text);

}  // namespace tare::http
