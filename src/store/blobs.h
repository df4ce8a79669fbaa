// Rows and files of blobs. A blob is there when its row is (and counts for this boot, see schema.cc); row and final
// file name are made in one write transaction, so that a collection that runs at the same time sees both or neither.
#pragma once

#include <string>

#include "oci/digest.h"
#include "store/core.h"

namespace tare::store {

Result<bool> find_blob(Core& core, const oci::Digest& digest);
// Moves the complete, verified file `from` to its final name.
Result<void> commit_blob(Core& core, const std::string& from, const oci::Digest& digest, uint64_t size);
// Forgets a blob whose bytes turned out to be damaged.
Result<void> drop_blob(Core& core, const oci::Digest& digest);

}  // namespace tare::store
