#include "http/server/range.h"

#include <algorithm>

#include "base/text.h"

namespace tare::http {
namespace {

SelectedRange part(uint64_t first, uint64_t end) { return {RangeVerdict::kPart, {first, end - first}}; }

SelectedRange select_suffix(std::string_view count, uint64_t size) {
  const auto length = parse_unsigned(count);
  if (!length) return {};
  if (*length == 0 || size == 0) return {RangeVerdict::kUnsatisfiable, {}};
  return part(size - std::min<uint64_t>(*length, size), size);
}

}  // namespace

SelectedRange select_range(std::optional<std::string_view> header, uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header || !header->starts_with(kUnit)) return {};
  const auto ends = cut(trim(header->substr(kUnit.size())), '-');
  if (!ends) return {};
  if (ends->first.empty()) return select_suffix(ends->second, size);
  const auto first = parse_unsigned(ends->first);
  const auto last = ends->second.empty() ? std::optional(~0ULL) : parse_unsigned(ends->second);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {RangeVerdict::kUnsatisfiable, {}};
  return part(*first, *last < size ? *last + 1 : size);
}

std::optional<ByteRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (text.starts_with(kUnit)) text.remove_prefix(kUnit.size());
  if (const auto parts = cut(text, '/')) text = parts->first;
  const auto ends = cut(text, '-');
  if (!ends) return std::nullopt;
  const auto first = parse_unsigned(ends->first);
  const auto last = parse_unsigned(ends->second);
  if (!first || !last || *last < *first || *last == ~0ULL) return std::nullopt;
  return ByteRange{*first, *last - *first + 1};
}

}  // namespace tare::http
