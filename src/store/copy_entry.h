// Copies single entries between directories of the store, with everything that belongs to them. Names are one component
// and never followed when they are symlinks.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::store {

struct EntryName {
  BorrowedFd directory;
  std::string name;
};

// Owner, mode, attributes (but overlayfs's own) and times; `to` exists and has the same type.
Result<void> copy_metadata(const EntryName& from, const EntryName& to);
// A file (its blocks shared where the file system can, its holes kept), symlink, device or FIFO; `to` does not exist.
Result<void> copy_entry(const EntryName& from, const EntryName& to);

}  // namespace tare::store
