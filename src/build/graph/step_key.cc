#include "build/graph/step_key.h"

#include "base/text.h"

namespace tare::build {
namespace {

// Counted up when a step of the same key would give another layer than before.
constexpr std::string_view kVersion = "tare-build 1";

}  // namespace

StepKey::StepKey(std::string_view kind, const std::vector<oci::Digest>& layers) {
  add(kVersion, kind);
  for (const auto& layer : layers) add("layer", layer.string());
}

StepKey& StepKey::add(std::string_view name, std::string_view value) {
  hash_.update(as_bytes(formatted("{}:{}:", name.size(), value.size())));
  hash_.update(as_bytes(name));
  hash_.update(as_bytes(value));
  return *this;
}

}  // namespace tare::build
