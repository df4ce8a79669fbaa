// The two halves of a collection, for what removes something by itself.
#pragma once

#include "store/core.h"

namespace tare::store {

// Within the caller's transaction: rows of layers, blobs and patches that nothing reaches go. Returns their bytes.
Result<uint64_t> drop_unreached_rows(Core& core, Database& database);
// Outside of any transaction: files without a row go.
Result<void> sweep(Core& core, Database& database);

}  // namespace tare::store
