// What a COPY takes: a list of files, made with one stat each, from a context or from a stage's file system. The same
// list gives the cache key and, when it comes to that, the copy; nothing is walked twice.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "build/context/ignore.h"

namespace tare::build {

struct TreeEntry {
  std::string path;         // below its tree's top; empty for the top itself
  std::string link_target;  // of symlinks
  mode_t mode = 0;          // with the type
  dev_t device = 0;         // where the file is
  dev_t special = 0;        // of device nodes
  ino_t inode = 0;
  uint64_t size = 0;
  int64_t modified = 0;  // nanoseconds since 1970
  int64_t changed = 0;   // ctime
};

// One file or directory that a source of COPY named. Folders come before what is in them, names in byte order.
struct Tree {
  std::string top;   // the path below the root, symlinks resolved, without leading '/'; empty for the root itself
  std::string name;  // the last component as it was written: what the copy is called inside a directory
  std::vector<TreeEntry> entries;  // entries[0] is the top
};

// What `source` (a path, or a pattern as filepath.Match has it) names below `root`. A path goes nowhere but below the
// root: ".." stops there, and symlinks resolve inside it. Symlinks that are named are followed, others are kept.
// kNotFound when nothing matches. Sockets are left out.
Result<std::vector<Tree>> select_trees(BorrowedFd root, std::string_view source, const IgnoreRules& rules);

}  // namespace tare::build
