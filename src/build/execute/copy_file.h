// One file, byte for byte and attribute for attribute.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "build/execute/target_folder.h"

namespace tare::build {

struct Attributes {
  Owner owner;
  mode_t mode = 0644;  // permission bits
  timespec modified{};
};

// Everything there is of `source`, by copy_file_range(2), which shares the blocks where the file system can.
Result<void> copy_bytes(BorrowedFd source, BorrowedFd target, const std::string& path);
// A new, empty file `name` in `folder`; a file or symlink of that name is replaced, a folder is not.
Result<UniqueFd> create_file(BorrowedFd folder, const std::string& name, const std::string& path);
// Makes room for `name`: removes a file or an empty folder there.
Result<void> remove_target(BorrowedFd folder, const std::string& name, const std::string& path);
// Owner first: changing it drops set-user-id bits and file capabilities.
Result<void> set_attributes(BorrowedFd file, const Attributes& attributes, const std::string& path);
// The same for what cannot be opened (symlinks, devices); a symlink has no mode.
Result<void> set_attributes_at(BorrowedFd folder, const std::string& name, const Attributes& attributes, bool is_link,
                               const std::string& path);

}  // namespace tare::build
