// A seccomp profile as a filter program that the kernel takes. Compiling with libseccomp costs milliseconds, more than
// the rest of a container's start, so compiled programs are kept in files: cached_filter.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

struct SeccompFilter {
  std::string program;  // struct sock_filter as bytes
  unsigned flags = 0;   // SECCOMP_FILTER_FLAG_…
  bool has_listener() const;
};

// What no filter can be made of, or would lock itself up. compile_seccomp() takes only what has passed it.
Result<void> check_seccomp(const oci::Seccomp& profile);

// The flags of the specification by name, as seccomp(2) takes them.
const std::map<std::string, unsigned>& seccomp_flags();

Result<SeccompFilter> compile_seccomp(const oci::Seccomp& profile);

// The same from `directory` (made when absent), where each file holds the profile that it was compiled from, which is
// compared: a hash collision costs a compilation and never gives a wrong filter. An empty directory name compiles.
Result<SeccompFilter> cached_seccomp(const oci::Seccomp& profile, const std::string& directory);

// A text that is the same for the same profile only.
std::string describe_seccomp(const oci::Seccomp& profile);

}  // namespace tare::runtime
