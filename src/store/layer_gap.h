// Layers are unpacked without their parents, in parallel, so a layer can lack something that only the layers below it
// know. Such gaps are recorded with the layer and closed per chain (chain_patch.h).
#pragma once

#include <optional>
#include <string>

namespace tare::store {

// Without `target`: a directory that the archive does not list but has files in. It was made with default owner and
// mode, which in an overlay would hide those of the same directory below.
// With `target`: a hard link to a file that is in a lower layer.
struct LayerGap {
  std::string path;
  std::optional<std::string> target;
};

}  // namespace tare::store
