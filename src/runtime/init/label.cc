#include "runtime/init/label.h"

#include <fcntl.h>

#include "os/file.h"
#include "os/security_label.h"

namespace tare::runtime {

Result<UniqueFd> open_proc_for_labels(const oci::Process& process) {
  if (process.apparmor_profile.empty() && process.selinux_label.empty()) return UniqueFd();
  return os::open("/proc", O_PATH | O_DIRECTORY);
}

Result<void> apply_labels(const oci::Process& process, BorrowedFd proc) {
  // A host without AppArmor has got no further than here with "unconfined" alone.
  const std::string& profile = process.apparmor_profile;
  if (!profile.empty() && (profile != "unconfined" || os::has_apparmor())) {
    TRY(os::set_apparmor_profile_on_exec(proc, profile).context(formatted("process.apparmorProfile {}", profile)));
  }
  if (process.selinux_label.empty()) return {};
  return os::set_selinux_label_on_exec(proc, process.selinux_label)
      .context(formatted("process.selinuxLabel {}", process.selinux_label));
}

}  // namespace tare::runtime
