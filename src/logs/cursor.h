// Walks over the lines of log files, forward through all files of a directory (also while they are written and
// rotated), or backward through files that are already open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "logs/files.h"

namespace tare::logs {

// A longer line was not written by us; it is passed over.
constexpr size_t kLongestLine = size_t{1} << 20;

class ForwardCursor {
 public:
  // From the first byte of the oldest file.
  explicit ForwardCursor(std::string directory, size_t block_size = size_t{64} << 10);
  // From `offset` (the start of a line) of a file of the directory.
  ForwardCursor(std::string directory, UniqueFd file, uint64_t offset, size_t block_size = size_t{64} << 10);

  // The next whole line without its newline, valid until the next call; nothing while there is none (yet).
  std::optional<std::string_view> next();

 private:
  std::optional<std::string_view> take_line();
  bool fill();
  bool advance();

  std::string directory_;
  size_t block_size_;
  UniqueFd file_;
  uint64_t read_to_ = 0;  // offset in the file of the buffer's end
  std::string buffer_;
  size_t start_ = 0;    // of what was not returned yet
  size_t scanned_ = 0;  // no newline between start_ and here
  bool skipping_ = false;
};

struct Place {
  size_t file = 0;  // index into the files, oldest first
  uint64_t offset = 0;
};

class BackwardCursor {
 public:
  // From just before `place`, which is the start or the end of a line; bytes after the last newline are no line.
  BackwardCursor(const std::vector<UniqueFd>& files, Place place);

  // The line before, valid until the next call; nothing at the start of the oldest file.
  std::optional<std::string_view> previous();
  Place place() const { return {file_, offset_ + end_}; }  // where the line returned last starts

 private:
  bool fill();

  const std::vector<UniqueFd>& files_;
  size_t file_;
  uint64_t offset_;  // in the file, of the buffer's start
  std::string buffer_;
  size_t end_ = 0;  // of what was not returned yet
};

// The end of the last file.
Place end_of(const std::vector<UniqueFd>& files);
uint64_t file_size(BorrowedFd file);

}  // namespace tare::logs
