#include "version.h"

#include <seccomp.h>

#include "base/text.h"

namespace tare::cmd {

std::string seccomp_version() {
  const scmp_version* version = ::seccomp_version();
  return formatted("{}.{}.{}", version->major, version->minor, version->micro);
}

std::string version_text() {
  return formatted("tare-oci version {}\nspec: 1.3.0\nlibseccomp: {}\n", TARE_VERSION, seccomp_version());
}

}  // namespace tare::cmd
