// Sends an image of the store to a registry: what is there already is not sent, what another repository of the same
// registry has is mounted from there, the rest is streamed from the blob files, several at once; the manifest last, so
// that the registry never has an image with holes.
#pragma once

#include "oci/reference.h"
#include "registry/client/progress.h"
#include "registry/client/session.h"
#include "store/store.h"

namespace tare::registry {

struct PushOptions {
  SessionOptions session;
  Progress progress;
  size_t parallel = 6;
};

// The manifest's descriptor, byte for byte as it is in the store: the digest does not change on the way.
Result<oci::Descriptor> push(store::Store& store, const oci::ImageReference& reference, const PushOptions& options);

}  // namespace tare::registry
