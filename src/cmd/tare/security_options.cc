#include "cmd/tare/security_options.h"

#include "cmd/tare/option_values.h"

namespace tare::cmd {

using engine::ContainerOptions;

void declare_security(Arguments& arguments, SecurityWords& words, ContainerOptions& options) {
  arguments.flag("--privileged", options.privileged, "All capabilities and devices");
  arguments.list("--cap-add", options.cap_add, "Add capabilities");
  arguments.list("--cap-drop", options.cap_drop, "Drop capabilities");
  arguments.list("--security-opt", options.security_options, "no-new-privileges, seccomp=unconfined, …");
  arguments.list("--sysctl", words.sysctls, "Kernel parameters of the container's namespaces");
  arguments.text("--pid", options.pid_mode, "host, or container:NAME");
  arguments.text("--ipc", options.ipc_mode, "host, private, or container:NAME");
  arguments.text("--runtime", options.runtime, "OCI runtime to use: a program in PATH, or an absolute path");
  arguments.text("--uts", options.uts_mode, "host");
  arguments.text("--userns", options.userns_mode, "host, auto, or auto:size=N: ids of its own");
  for (const auto* name : {"--isolation", "--platform"}) arguments.refused(name);
}

Result<void> read_security(const SecurityWords& words, ContainerOptions& options) {
  for (const auto& entry : words.sysctls) {
    if (entry.find('=') == std::string::npos) return bad_option("--sysctl", entry, "expected NAME=VALUE");
    add_pair(options.sysctls, entry);
  }
  return {};
}

}  // namespace tare::cmd
