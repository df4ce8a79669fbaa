// A blob as it comes from a registry: at most as many bytes as its descriptor says, from any offset on, and across
// broken connections, which are resumed where they broke. Digests are checked by whoever stores the bytes.
#pragma once

#include <functional>
#include <memory>

#include "base/stream.h"
#include "oci/descriptor.h"
#include "registry/client/session.h"

namespace tare::registry {

// Called with how much of the blob has been read.
using BlobProgress = std::function<void(uint64_t done)>;

// What an answer to `GET` with `Range: bytes=OFFSET-` means.
struct RangePlan {
  uint64_t skip = 0;  // bytes of the body to drop: the server ignored the range
};
// kNotFound, kCorrupt (another range, a length that contradicts the descriptor), or the status's kind.
Result<RangePlan> plan_range(int status, const http::Headers& headers, uint64_t offset, uint64_t size);

// The session must outlive the source.
Result<std::unique_ptr<ByteSource>> open_blob(Session& session, const oci::Descriptor& blob, uint64_t offset,
                                              BlobProgress progress = {});

}  // namespace tare::registry
