// A tar stream becomes a layer's directory, in one pass and within bounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/stream.h"
#include "store/layer_gap.h"
#include "store/overlay_format.h"

namespace tare::store {

// Far above any real image; an archive that exceeds them is an attack on the disk.
struct UnpackLimits {
  uint64_t entries = 8'000'000;
  uint64_t bytes = uint64_t{512} << 30;
};

struct UnpackedLayer {
  uint64_t size = 0;  // bytes of file data
  std::vector<LayerGap> gaps;
  uint64_t compromises = 0;  // see LayerTree::compromises
};

// Unpacks into the empty directory `path`. Reads up to the archive's end marker; what follows is left in `tar`.
// Names in errors are the archive's own.
Result<UnpackedLayer> unpack_tar(ByteSource& tar, const std::string& path, OverlayFormat format,
                                 const UnpackLimits& limits = {});

}  // namespace tare::store
