// The device rules of a container as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE: cgroup v2 has no files for
// them. Written by hand, because the program is a few instructions per rule.
#pragma once

#include <string>
#include <vector>

#include "oci/runtime_spec.h"

namespace tare::runtime {

// The instructions (struct bpf_insn) as bytes. The later rule wins; what no rule allows is denied.
std::string assemble_device_program(const std::vector<oci::DeviceRule>& rules);

}  // namespace tare::runtime
