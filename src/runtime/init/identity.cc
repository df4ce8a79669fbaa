#include "runtime/init/identity.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"
#include "os/namespace.h"

namespace tare::runtime {
namespace {

Result<void> set_groups(const oci::User& user) {
  const std::vector<uint32_t>& groups = user.additional_gids;
  if (::setgroups(groups.size(), groups.data()) == 0) return {};
  const int number = errno;
  // A single-id user namespace forbids setgroups; then there is nothing to set, and nothing mapped to keep.
  const bool only_own = std::all_of(groups.begin(), groups.end(), [&](uint32_t gid) { return gid == user.gid; });
  if (number == EPERM && only_own && os::in_user_namespace()) return {};
  return Error::from_errno(number, "set", "additional groups");
}

Result<void> set_ids(const oci::User& user) {
  TRY(set_groups(user));
  if (::setresgid(user.gid, user.gid, user.gid) != 0) return os::last_error("set group", std::to_string(user.gid));
  if (::setresuid(user.uid, user.uid, user.uid) != 0) return os::last_error("set user", std::to_string(user.uid));
  return {};
}

}  // namespace

Result<void> apply_limits(const std::vector<ResourceLimit>& limits) {
  for (const auto& limit : limits) {
    const rlimit value{limit.soft, limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0) {
      return os::last_error("set resource limit", formatted("{} to {}:{}", limit.name, limit.soft, limit.hard))
          .with_hint("the hard limit of the caller cannot be exceeded without CAP_SYS_RESOURCE");
    }
  }
  return {};
}

Result<void> become(const oci::User& user, const os::CapabilitySets& capabilities) {
  ::umask(user.umask.value_or(0022));
  TRY(os::limit_bounding_set(capabilities.bounding));
  TRY(os::keep_capabilities_across_setuid(true));
  TRY(set_ids(user));
  TRY(os::keep_capabilities_across_setuid(false));
  TRY(os::set_capabilities(capabilities));
  return os::set_ambient_set(capabilities.ambient);
}

}  // namespace tare::runtime
