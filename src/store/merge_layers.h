// The tree that overlayfs would show for a chain of layers, as ordinary files: for root file systems outside of the
// store (`tare-image unpack`).
#pragma once

#include <string>

#include "base/result.h"
#include "store/store.h"

namespace tare::store {

// Fills the existing, empty directory `target`.
Result<void> merge_layers(const LowerLayers& layers, const std::string& target);

}  // namespace tare::store
