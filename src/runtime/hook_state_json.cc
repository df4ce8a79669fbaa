#include "codec/json.h"
#include "runtime/hook_state.h"

namespace tare::runtime {

std::string state_json(const HookState& state, const oci::RuntimeSpec& spec) {
  codec::Json json{
      {"ociVersion", spec.oci_version}, {"id", state.id}, {"status", state.status}, {"bundle", state.bundle}};
  if (state.pid > 0) json["pid"] = state.pid;
  if (!spec.annotations.empty()) json["annotations"] = spec.annotations;
  return codec::dump_json(json);
}

}  // namespace tare::runtime
