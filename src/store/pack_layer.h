// An overlay upper directory becomes the archive of a layer: overlayfs's deletions are written as OCI whiteouts,
// entries are sorted, so that the same content gives the same bytes.
#pragma once

#include <cstdint>
#include <string>

#include "base/stream.h"

namespace tare::store {

// Returns the bytes of file data. Sockets are removed from `upper`: no archive can hold them, and the directory is to
// be what the archive says. kUnsupported for what depends on the lower layers (overlayfs's redirects and metacopies).
Result<uint64_t> pack_layer(const std::string& upper, ByteSink& tar);

}  // namespace tare::store
