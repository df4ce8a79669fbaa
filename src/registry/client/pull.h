// Fetches an image into the store: manifest, configuration, then all layers at once, each unpacked while it arrives.
// A kill at any instant leaves what had arrived; the next pull goes on from there.
#pragma once

#include <optional>

#include "oci/reference.h"
#include "registry/client/progress.h"
#include "registry/client/session.h"
#include "store/store.h"

namespace tare::registry {

struct PullOptions {
  std::optional<oci::Platform> platform;  // nothing: this host's
  SessionOptions session;
  Progress progress;
  size_t parallel = 6;
};

struct Pulled {
  store::ImageRecord image;
  oci::Digest digest;    // of what the name points at in the registry
  bool changed = false;  // the name is new here, or pointed at something else
};

// Says through `progress` what Docker says, up to "Digest: …". Errors name the reference.
Result<Pulled> pull(store::Store& store, const oci::ImageReference& reference, const PullOptions& options);

// What must be true of a manifest and its configuration before a byte of a layer is fetched.
Result<void> check_image(const oci::Manifest& manifest, const oci::ImageConfig& config,
                         const std::optional<oci::Platform>& platform);
Result<void> check_manifest(const oci::Manifest& manifest);

}  // namespace tare::registry
