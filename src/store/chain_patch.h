// What a layer lacks because it was unpacked without its parents, put right for one chain of layers.
//
// The archive of a layer may hold "usr/lib/x" without "usr/" and "usr/lib/": the directories that we then make have
// default owner and mode, and overlayfs shows those of the topmost layer that has the directory. It may also hold a
// hard link to a file that only a lower layer has. Both depend on the layers below, which differ from image to image,
// while the unpacked layer is shared. So the layer's directory stays as it is, and directly above it the chain gets one
// more, small layer, the patch: it has the listed directories again, empty but with the owner, mode, attributes and
// times that the lower layers give them, and copies of the linked files. Overlayfs's own rules do the rest: layers
// above still override it. Most layers have no gap, and most gaps no lower directory that says otherwise; so patches
// are rare, made at first use, and remembered by the chain that they belong to (table chain_patch).
#pragma once

#include <string>
#include <vector>

#include "store/core.h"
#include "store/layers.h"

namespace tare::store {

// The directories of the chain `layers` (lowest first) with the patches that it needs, lowest first.
Result<std::vector<std::string>> patch_chain(Core& core, Database& database, const std::vector<LayerRow>& layers);

}  // namespace tare::store
