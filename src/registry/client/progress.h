// What a transfer tells whoever watches. Called by several threads at once; unset functions are not called.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "oci/digest.h"

namespace tare::registry {

enum class LayerState {
  kPullingFsLayer,
  kAlreadyExists,
  kPullComplete,
  kPreparing,
  kLayerAlreadyExists,
  kMounted,
  kPushed,
};

struct Progress {
  std::function<void(const std::string& line)> message;
  std::function<void(const oci::Digest& layer, LayerState state, const std::string& detail)> layer;
  std::function<void(const oci::Digest& layer, uint64_t done, uint64_t total)> bytes;

  void tell(const std::string& line) const {
    if (message) message(line);
  }
  void tell(const oci::Digest& digest, LayerState state, const std::string& detail = {}) const {
    if (layer) layer(digest, state, detail);
  }
  void tell(const oci::Digest& digest, uint64_t done, uint64_t total) const {
    if (bytes) bytes(digest, done, total);
  }
};

}  // namespace tare::registry
