// Rows and directories of unpacked layers. A directory's name is short and has no meaning: the row says which layer it
// is. Row and name are made in one write transaction; a directory without a row is what a crash left.
#pragma once

#include <optional>
#include <string>

#include "oci/digest.h"
#include "store/core.h"
#include "store/unpack_tar.h"

namespace tare::store {

struct LayerRow {
  std::string diff_id;
  std::string directory;  // below layers/
  bool has_gaps = false;
};

// Nothing when the layer is not here, or may be torn because the machine went down before it was on disk.
Result<std::optional<LayerRow>> find_layer(Core& core, Database& database, const oci::Digest& diff_id);
// Makes the directory `from` the layer `diff_id`. When the layer is there already, `from` is removed.
Result<void> commit_layer_directory(Core& core, const std::string& from, const oci::Digest& diff_id,
                                    const UnpackedLayer& layer);

}  // namespace tare::store
