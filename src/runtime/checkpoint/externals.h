// What a container has from the host, by the names that it has in a checkpoint. Decided from the configuration; pure
// but for the look at paths that find_masked_files() takes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/plan.h"

namespace tare::runtime {

struct ExternalMount {
  std::string destination;  // inside the container; the name too
  std::string source;       // on the host
};

// Bind mounts, cgroups of version 1 that are bound, and device nodes where they have to be bound.
std::vector<ExternalMount> external_mounts(const Plan& plan);

// Namespaces that are joined by path.
struct ExternalNamespace {
  oci::NamespaceType type = oci::NamespaceType::kNetwork;
  std::string path;
};
// Those that criu leaves as they are (network, pid): named when saved and given when restored.
std::vector<ExternalNamespace> inherited_namespaces(const oci::LinuxSection& section);
// Those that are restored by joining them (ipc, uts, time, user). kUnsupported for the others.
Result<std::vector<ExternalNamespace>> joined_namespaces(const oci::LinuxSection& section);
// "extRootNetNS"
std::string external_key(oci::NamespaceType type);
// As /proc/PID/ns and criu call it: "net", "mnt"; elsewhere it is the specification's name.
std::string kernel_name(oci::NamespaceType type);
bool has_new(const oci::LinuxSection& section, oci::NamespaceType type);

// descriptors.json: what 0, 1 and 2 were.
std::string streams_to_json(const std::vector<std::string>& streams);
Result<std::vector<std::string>> parse_streams(const std::string& json);

}  // namespace tare::runtime
