// The maps of sparse files. GNU tar's own format keeps them in the header block and blocks after it; pax 1.0 keeps them
// as decimal lines before the data; 0.0 and 0.1 are pax records (tar_pax.h).
#pragma once

#include "codec/tar_input.h"

namespace tare::codec {

struct SparseMap {
  uint64_t size = 0;  // of the file with its holes
  std::vector<TarExtent> extents;
};

// The map of a type 'S' entry; reads the extension blocks that follow.
Result<SparseMap> read_gnu_sparse_map(TarBlock header, TarInput& input);
// The map before the data of a pax 1.0 entry; takes what it reads off `stored`.
Result<std::vector<TarExtent>> read_pax_sparse_map(TarInput& input, uint64_t& stored);
// Ascending, within the file, and together exactly the stored bytes; empty extents are dropped.
Result<void> check_sparse_map(SparseMap& map, uint64_t stored);

}  // namespace tare::codec
