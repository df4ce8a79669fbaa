#include "logs/seek.h"

#include <optional>

#include "os/transfer.h"

namespace tare::logs {
namespace {

constexpr uint64_t kBlock = 64 << 10;

struct Sample {
  uint64_t offset;
  TimePoint time;
};

// The first record that starts at or after `from` and lies within one block.
std::optional<Sample> sample_record(BorrowedFd file, uint64_t from) {
  std::string block(kBlock, '\0');
  // One byte earlier: a record that starts exactly at `from` has the newline before it.
  const uint64_t start = from == 0 ? 0 : from - 1;
  block.resize(os::read_at(file, block, start).bytes);
  size_t position = from == 0 ? 0 : block.find('\n') + 1;
  while (from == 0 || position != 0) {
    const size_t end = block.find('\n', position);
    if (end == std::string::npos) return std::nullopt;
    const auto record = parse_record(std::string_view(block).substr(position, end - position));
    if (record) return Sample{start + position, record->time};
    position = end + 1;
    if (from == 0 && position >= block.size()) return std::nullopt;
  }
  return std::nullopt;
}

uint64_t find_since_in_file(BorrowedFd file, TimePoint time) {
  uint64_t low = 0;  // the start of a record that is older
  uint64_t high = file_size(file);
  while (high - low > kBlock) {
    const uint64_t middle = low + (high - low) / 2;
    const auto sample = sample_record(file, middle);
    if (sample && sample->offset < high && sample->time < time) {
      low = sample->offset;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

Place find_since(const std::vector<UniqueFd>& files, TimePoint time) {
  for (size_t index = files.size(); index-- > 0;) {
    const auto first = sample_record(files[index], 0);
    if (index == 0 || (first && first->time < time)) return {index, find_since_in_file(files[index], time)};
  }
  return {};
}

Place find_tail(const std::vector<UniqueFd>& files, uint64_t count, StreamSelection streams) {
  BackwardCursor cursor(files, end_of(files));
  Place found = end_of(files);
  std::array<bool, 2> continued = {};  // by the record of the same stream that comes later in the file
  uint64_t ends = 0;
  while (ends < count) {
    const auto line = cursor.previous();
    if (!line) return {};
    const auto head = parse_record_head(*line);
    if (!head || !streams.has(head->stream)) continue;
    auto& later = continued[static_cast<size_t>(head->stream)];
    if (head->ending != Ending::kPiece || !later) {
      ++ends;
      found = cursor.place();
    }
    later = head->continues;
  }
  return found;
}

std::string read_line_start(const std::vector<UniqueFd>& files, Place place, Stream stream) {
  BackwardCursor cursor(files, place);
  std::vector<std::string> pieces;
  size_t total = 0;
  while (total < kLongestLine * 16) {
    const auto line = cursor.previous();
    if (!line) break;
    const auto record = parse_record(*line);
    if (!record || record->head.stream != stream) continue;
    if (record->head.ending != Ending::kPiece) break;
    pieces.emplace_back(record->text);
    total += record->text.size();
    if (!record->head.continues) break;
  }
  std::string joined;
  for (size_t index = pieces.size(); index-- > 0;) joined += pieces[index];
  return joined;
}

}  // namespace tare::logs
