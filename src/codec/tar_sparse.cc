#include "codec/tar_sparse.h"

#include <algorithm>

namespace tare::codec {
namespace {

constexpr size_t kMostExtents = size_t{1} << 18;  // a map of 4 MiB here; real files have a few thousand
constexpr size_t kPairSize = 24;
constexpr size_t kHeaderPairs = 386;
constexpr size_t kHeaderPairCount = 4;
constexpr size_t kHeaderExtended = 482;
constexpr size_t kHeaderRealSize = 483;
constexpr size_t kExtensionPairCount = 21;
constexpr size_t kExtensionExtended = 504;

Error bad_map() { return Failure(ErrorKind::kCorrupt, "the map of a sparse file is malformed"); }

// Pairs of 12-byte numbers; an empty one ends the list.
Result<void> read_pairs(std::string_view block, size_t offset, size_t count, std::vector<TarExtent>& extents) {
  for (size_t i = 0; i < count; ++i) {
    const std::string_view pair = block.substr(offset + i * kPairSize, kPairSize);
    if (pair[0] == '\0') return {};
    const uint64_t start = TRY(parse_tar_size(pair.substr(0, 12)));
    const uint64_t size = TRY(parse_tar_size(pair.substr(12)));
    extents.push_back({start, size});
  }
  return {};
}

// Decimal lines out of whole blocks.
class LineReader {
 public:
  LineReader(TarInput& input, uint64_t& stored) : input_(input), stored_(stored) {}

  Result<uint64_t> number() {
    while (rest_.find('\n') == std::string::npos) {
      if (rest_.size() > 20 || stored_ < kTarBlock) return bad_map();
      const auto block = TRY(input_.next_block());
      if (!block) return bad_map();
      stored_ -= kTarBlock;
      rest_ += as_text(*block);
    }
    const size_t end = rest_.find('\n');
    const auto number = parse_unsigned(std::string_view(rest_).substr(0, end));
    rest_.erase(0, end + 1);
    if (!number || *number > INT64_MAX) return bad_map();
    return uint64_t{*number};
  }

 private:
  TarInput& input_;
  uint64_t& stored_;
  std::string rest_;
};

}  // namespace

Result<SparseMap> read_gnu_sparse_map(TarBlock header, TarInput& input) {
  const std::string first(as_text(header));  // reading on overwrites the block
  SparseMap map;
  map.size = TRY(parse_tar_size(std::string_view(first).substr(kHeaderRealSize, 12)));
  TRY(read_pairs(first, kHeaderPairs, kHeaderPairCount, map.extents));
  bool extended = first[kHeaderExtended] != '\0';
  while (extended) {
    const auto block = TRY(input.next_block());
    if (!block || map.extents.size() > kMostExtents) return bad_map();
    const std::string_view text = as_text(*block);
    TRY(read_pairs(text, 0, kExtensionPairCount, map.extents));
    extended = text[kExtensionExtended] != '\0';
  }
  return map;
}

Result<std::vector<TarExtent>> read_pax_sparse_map(TarInput& input, uint64_t& stored) {
  LineReader lines(input, stored);
  const uint64_t count = TRY(lines.number());
  if (count > kMostExtents) return bad_map();
  std::vector<TarExtent> extents;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t offset = TRY(lines.number());
    const uint64_t size = TRY(lines.number());
    extents.push_back({offset, size});
  }
  return extents;
}

Result<void> check_sparse_map(SparseMap& map, uint64_t stored) {
  uint64_t end = 0;
  uint64_t sum = 0;
  for (const TarExtent& extent : map.extents) {
    const bool fits = extent.offset >= end && extent.offset <= map.size && extent.size <= map.size - extent.offset;
    if (!fits) return bad_map();
    end = extent.offset + extent.size;
    sum += extent.size;
  }
  if (sum != stored) return bad_map();
  std::erase_if(map.extents, [](const TarExtent& extent) { return extent.size == 0; });
  return {};
}

}  // namespace tare::codec
