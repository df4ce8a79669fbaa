// Removal of what nothing needs any more. Runs beside a serving registry: a blob that is used, uploaded or named while
// the collection runs is young, and young blobs stay.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.h"
#include "registry/server/storage.h"

namespace tare::registry {

struct GarbageCollected {
  uint64_t blobs = 0;
  uint64_t uploads = 0;
  uint64_t bytes = 0;
};

// Removes blobs that no manifest names, manifests that no repository has, and uploads; all only when untouched for
// `age`.
Result<GarbageCollected> collect_garbage(const Storage& storage, std::chrono::seconds age);

}  // namespace tare::registry
