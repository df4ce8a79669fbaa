// A seccomp profile as Docker's users write it (--security-opt seccomp=FILE): the OCI form, with rules that hold for
// some capabilities, processors and kernels only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::engine {

// What rules may depend on.
struct SeccompFacts {
  std::vector<std::string> capabilities;  // of the container
  std::string architecture;               // Go's name, "amd64"
  unsigned kernel_major = 0;
  unsigned kernel_minor = 0;
};
SeccompFacts seccomp_facts(std::vector<std::string> capabilities);  // of this host

// kCorrupt with the place for what is no profile, kUnsupported for what this engine cannot do with it.
Result<oci::Seccomp> parse_seccomp_profile(std::string_view json, const SeccompFacts& facts);

}  // namespace tare::engine
