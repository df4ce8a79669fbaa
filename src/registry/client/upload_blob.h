// One blob's way into a registry (OCI distribution specification, "Pushing blobs").
#pragma once

#include <functional>
#include <string>

#include "oci/descriptor.h"
#include "registry/client/session.h"
#include "store/store.h"

namespace tare::registry {

enum class Uploaded { kAlreadyThere, kMounted, kSent };

using UploadProgress = std::function<void(uint64_t done)>;

// `mount_from`: a repository of the same registry that may have the blob; empty for none known.
Result<Uploaded> upload_blob(Session& session, const store::Store& store, const oci::Descriptor& blob,
                             const std::string& mount_from, const UploadProgress& progress);

}  // namespace tare::registry
