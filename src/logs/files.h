// The files of one container's log: `current.log`, and rotated ones `1.log`, `2.log`, … where a higher number is newer.
// Rotation is one rename of current.log to the next number, so no other name ever changes its content: a reader that
// holds a file open finds it again by its inode, and what follows is the next number or current.log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::logs {

constexpr const char* kCurrentName = "current.log";
std::string rotated_name(uint64_t number);

// The numbers of the rotated files among the names of a directory, ascending; foreign names are passed over.
std::vector<uint64_t> parse_rotated_names(const std::vector<std::string>& names);
// The rotated files of a directory; empty when there is no directory.
std::vector<uint64_t> list_rotated(const std::string& directory);

struct OpenFile {
  UniqueFd fd;
  bool is_current = false;
};

// The oldest file that exists; nothing when there is no log yet.
std::optional<OpenFile> open_oldest(const std::string& directory);
// What follows the file `held` (the oldest, when `held` has been deleted meanwhile); nothing while it is the newest.
std::optional<OpenFile> open_successor(const std::string& directory, BorrowedFd held);
// All files, oldest first. A file that a rotation deletes meanwhile is left out.
std::vector<UniqueFd> open_all(const std::string& directory);

}  // namespace tare::logs
