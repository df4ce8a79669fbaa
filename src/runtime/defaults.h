// What a container gets when nobody asks for anything else: Docker's defaults as data. The engine starts from
// default_spec() and fills in root, process, mounts, resources and cgroups_path.
#pragma once

#include <string>
#include <vector>

#include "oci/runtime_spec.h"

namespace tare::runtime {

// Docker's 14 capabilities, in all sets but inheritable and ambient.
std::vector<std::string> default_capabilities();
// All capabilities that this kernel knows, for --privileged and --cap-add ALL.
std::vector<std::string> all_capabilities();

// The default filter for a process that holds `capabilities` (some calls are allowed only with the capability that
// the kernel would ask for anyway). Unknown and newer calls fail with ENOSYS, known and denied ones with EPERM.
oci::Seccomp default_seccomp(const std::vector<std::string>& capabilities);
// The same by reference (oci::Seccomp::built_in), which is fifteen kilobytes less to write, read and compare at each
// start; and what a profile says when written out, for those who do not know ours.
oci::Seccomp built_in_seccomp(const std::vector<std::string>& capabilities);
oci::Seccomp written_out(const oci::Seccomp& profile);

// New pid, network, ipc, uts, mount (and on cgroup v2 cgroup) namespaces; proc, sys, dev, pts, shm, mqueue, cgroup
// mounts; masked and read-only paths; device rules; capabilities; the seccomp filter; PATH.
oci::RuntimeSpec default_spec();

}  // namespace tare::runtime
