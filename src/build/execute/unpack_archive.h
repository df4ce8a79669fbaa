// ADD of a local tar archive, plain or compressed. The archive is hostile: its paths and links resolve inside the
// destination as if that were "/", so nothing lands outside.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "build/execute/target_folder.h"

namespace tare::build {

struct UnpackRules {
  std::optional<Owner> owner;  // nothing: as the archive says
  std::optional<mode_t> mode;
  TimeRule times;
};

// Whether a file is a tar archive, possibly compressed. The descriptor is at its beginning afterwards. bzip2 and xz
// are kUnsupported.
Result<bool> is_archive(BorrowedFd file, const std::string& name);
Result<void> unpack_archive(BorrowedFd archive, const std::string& name, BorrowedFd folder, const UnpackRules& rules);

}  // namespace tare::build
