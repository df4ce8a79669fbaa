// Where reading starts, found without reading what comes before: --since by binary search, --tail from the end.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "logs/cursor.h"
#include "logs/record.h"

namespace tare::logs {

struct StreamSelection {
  bool standard_output = true;
  bool standard_error = true;
  bool has(Stream stream) const { return stream == Stream::kStdout ? standard_output : standard_error; }
};

// A place with no record of `time` or later before it, and at most a block of older ones behind it. A clock that was
// set back makes it start early, never late, within one file.
Place find_since(const std::vector<UniqueFd>& files, TimePoint time);
// The record that ends the last but `count` line of the selected streams; the oldest when there are fewer.
Place find_tail(const std::vector<UniqueFd>& files, uint64_t count, StreamSelection streams);
// The pieces of a line of `stream` that lie before `place`, joined.
std::string read_line_start(const std::vector<UniqueFd>& files, Place place, Stream stream);

}  // namespace tare::logs
