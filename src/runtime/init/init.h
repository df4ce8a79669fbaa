// What runs between clone and exec in the container's first process. It never logs: a failure goes to the parent as
// an encoded Error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/init/net_devices.h"
#include "runtime/plan/plan.h"
#include "runtime/runtime.h"
#include "runtime/seccomp/compile.h"

namespace tare::runtime {

// The messages on the sync socket; each is one packet that begins with one of these.
namespace message {
constexpr char kError = 'E';     // init → parent: an encoded Error follows; init ends
constexpr char kMapIds = 'M';    // parent → init: the id maps are written
constexpr char kRunHooks = 'H';  // init → parent: the namespaces and mounts are there, run prestart and createRuntime
constexpr char kContinue = 'C';  // parent → init: they have run
constexpr char kSendDevice = 'D';  // init → parent: a place in the list of network devices; the answer is kContinue
constexpr char kReady = 'R';  // init → parent: waiting for start; with the console's descriptor when there is one
constexpr char kGo = 'G';     // parent → init: execute. The end of file that follows says that it has
}  // namespace message

struct InitContext {
  const CreateOptions& options;
  const Plan& plan;
  std::vector<UniqueFd> cgroup_entrances{};
  std::optional<SeccompFilter> seccomp{};
  UniqueFd sync{};
  std::vector<NetDevice> net_devices{};
  std::vector<UniqueFd> trees{};   // see apply/bind_sources.h
  UniqueFd proc{};                 // of the host, for labels; else no valid descriptor
  bool in_user_namespace = false;  // the caller's, or one of the container's own
  UniqueFd mapped_root{};          // see apply/mapped_root.h
};

[[noreturn]] void run_init(InitContext& context);

}  // namespace tare::runtime
