// COPY: files of a context or of another stage into a step's file system, from the list that was made for the cache
// key. What goes where, and which modes and times it gets, follows BuildKit.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "build/context/tree.h"
#include "build/execute/target_folder.h"

namespace tare::build {

// A file whose content stands in the Dockerfile (a heredoc).
struct InlineFile {
  std::string name;
  std::string content;
};

struct CopyPlan {
  std::vector<Tree> trees;
  std::vector<InlineFile> inline_files;
  std::string destination;     // absolute; a trailing slash says that it is a folder
  Owner owner;                 // of everything that is copied or made
  std::optional<mode_t> mode;  // --chmod
  TimeRule times;
  bool unpack_archives = false;  // ADD: tar files are unpacked; their entries keep their owners unless…
  bool owner_given = false;      // …--chown was given
};

Result<void> copy_trees(BorrowedFd source_root, BorrowedFd target_root, const CopyPlan& plan);

}  // namespace tare::build
