#include "codec/json.h"
#include "runtime/hook_state.h"

namespace tare::runtime {
namespace {

codec::Json state_object(const HookState& state, const oci::RuntimeSpec& spec) {
  codec::Json json{
      {"ociVersion", spec.oci_version}, {"id", state.id}, {"status", state.status}, {"bundle", state.bundle}};
  if (state.pid > 0) json["pid"] = state.pid;
  if (!spec.annotations.empty()) json["annotations"] = spec.annotations;
  return json;
}

}  // namespace

std::string state_json(const HookState& state, const oci::RuntimeSpec& spec) {
  return codec::dump_json(state_object(state, spec));
}

std::string process_state_json(const HookState& state, const oci::RuntimeSpec& spec) {
  codec::Json json{{"ociVersion", spec.oci_version},
                   {"fds", {"seccompFd"}},
                   {"pid", state.pid},
                   {"state", state_object(state, spec)}};
  const auto& profile = spec.linux_section.seccomp;
  if (profile && !profile->listener_metadata.empty()) json["metadata"] = profile->listener_metadata;
  return codec::dump_json(json);
}

}  // namespace tare::runtime
