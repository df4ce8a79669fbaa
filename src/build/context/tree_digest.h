// The digest of what a COPY takes: names, types, permissions, link targets and bytes, but neither times nor owners,
// which do not make a cached layer stale.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "build/cache/build_cache.h"
#include "build/context/tree.h"

namespace tare::build {

// `name` is what single files' digests are remembered under (the context's path); empty: they are not remembered.
Result<std::string> digest_trees(BorrowedFd root, const std::vector<Tree>& trees, BuildCache& cache,
                                 const std::string& name);

}  // namespace tare::build
