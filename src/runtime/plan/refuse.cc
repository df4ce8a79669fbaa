// What this runtime does not do, refused by name before anything starts.
#include "os/file.h"
#include "runtime/plan/plan.h"

namespace tare::runtime {
namespace {

Error refusal(const std::string& what) {
  return Failure(ErrorKind::kUnsupported, "{} is not supported by this runtime", what)
      .with_hint("remove it from config.json, or use a runtime that has it");
}

Result<void> refuse_labels(const oci::RuntimeSpec& spec) {
  if (!spec.linux_section.mount_label.empty()) return refusal("linux.mountLabel (SELinux)");
  return {};
}

}  // namespace

Result<void> refuse_unsupported(const oci::Process& process) {
  if (!process.unsupported.empty()) return refusal(process.unsupported.front());
  if (!process.selinux_label.empty()) return refusal("process.selinuxLabel");
  // "unconfined" is what a host without AppArmor does anyway.
  if (!process.apparmor_profile.empty() && process.apparmor_profile != "unconfined") {
    return refusal("process.apparmorProfile");
  }
  if (!process.cwd.starts_with('/')) {
    return Failure(ErrorKind::kInvalidArgument, "process.cwd: {} is not an absolute path", process.cwd);
  }
  return {};
}

Result<void> refuse_unsupported(const oci::RuntimeSpec& spec) {
  if (!spec.oci_version.starts_with("1.")) {
    return Failure(ErrorKind::kUnsupported, "ociVersion {} is not supported: this runtime knows version 1",
                   spec.oci_version);
  }
  if (!spec.unsupported.empty()) return refusal(spec.unsupported.front());
  TRY(refuse_labels(spec));
  if (spec.linux_section.cgroups_path.find(':') != std::string::npos) {
    return refusal(formatted("linux.cgroupsPath {} (the systemd cgroup manager)", spec.linux_section.cgroups_path));
  }
  if (spec.process) TRY(refuse_unsupported(*spec.process));
  return {};
}

}  // namespace tare::runtime
