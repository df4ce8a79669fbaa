// What this runtime does not do, refused by name before anything starts.
#include "runtime/plan/plan.h"

namespace tare::runtime {
namespace {

Error refusal(const std::string& what) {
  return Failure(ErrorKind::kUnsupported, "{} is not supported by this runtime", what)
      .with_hint("remove it from config.json, or use a runtime that has it");
}

Error absent(const std::string& property, const std::string& what) {
  return Failure(ErrorKind::kUnsupported, "{} cannot be applied: this host has no {}", property, what)
      .with_hint("remove it from config.json, or start the container on a host that has it");
}

Result<void> refuse_labels(const oci::Process& process, const HostFacts& facts) {
  if (!process.selinux_label.empty() && !facts.selinux) return absent("process.selinuxLabel", "SELinux");
  // "unconfined" is what a host without AppArmor does anyway.
  const bool confined = !process.apparmor_profile.empty() && process.apparmor_profile != "unconfined";
  if (confined && !facts.apparmor) return absent("process.apparmorProfile", "AppArmor");
  return {};
}

Result<void> check_device_rules(const std::vector<oci::DeviceRule>& rules) {
  for (const auto& rule : rules) {
    const bool known = rule.type.empty() || rule.type == "a" || rule.type == "b" || rule.type == "c";
    if (!known) {
      return Failure(ErrorKind::kInvalidArgument, "linux.resources.devices: {} is no device type", rule.type);
    }
    if (rule.access.find_first_not_of("rwma") != std::string::npos) {
      return Failure(ErrorKind::kInvalidArgument, "linux.resources.devices: access {} is not of r, w and m",
                     rule.access);
    }
  }
  return {};
}

Result<void> check_cgroups_path(const std::string& path) {
  for (const auto& part : split(path, '/')) {
    if (part != "..") continue;
    return Failure(ErrorKind::kInvalidArgument, "linux.cgroupsPath {}: it leads out of the hierarchy", path);
  }
  return {};
}

Result<void> refuse_absent(const oci::LinuxSection& section, const HostFacts& facts) {
  if (!section.mount_label.empty() && !facts.selinux) return absent("linux.mountLabel", "SELinux");
  if (section.intel_rdt && facts.resctrl.empty()) return absent("linux.intelRdt", "resctrl file system mounted");
  for (const auto& space : section.namespaces) {
    const bool is_time = space.type == oci::NamespaceType::kTime;
    if (is_time && !facts.time_namespaces) return absent("linux.namespaces: time", "time namespaces");
  }
  for (const auto& [name, device] : section.net_devices) {
    if (facts.network_devices.count(name) == 0) {
      return absent(formatted("linux.netDevices: {}", name), formatted("network device {}", name));
    }
  }
  return {};
}

}  // namespace

Result<void> refuse_unsupported(const oci::Process& process, const HostFacts& facts) {
  if (!process.unsupported.empty()) return refusal(process.unsupported.front());
  TRY(refuse_labels(process, facts));
  if (!process.cwd.starts_with('/')) {
    return Failure(ErrorKind::kInvalidArgument, "process.cwd: {} is not an absolute path", process.cwd);
  }
  return {};
}

Result<void> refuse_unsupported(const oci::RuntimeSpec& spec, const HostFacts& facts) {
  if (!spec.oci_version.starts_with("1.")) {
    return Failure(ErrorKind::kUnsupported, "ociVersion {} is not supported: this runtime knows version 1",
                   spec.oci_version);
  }
  if (!spec.unsupported.empty()) return refusal(spec.unsupported.front());
  TRY(refuse_absent(spec.linux_section, facts));
  if (spec.linux_section.cgroups_path.find(':') != std::string::npos) {
    return Failure(ErrorKind::kUnsupported, "linux.cgroupsPath {} is a name for systemd",
                   spec.linux_section.cgroups_path)
        .with_hint("give tare-oci the flag --systemd-cgroup, or config.json a path");
  }
  TRY(check_cgroups_path(spec.linux_section.cgroups_path));
  TRY(check_device_rules(spec.linux_section.resources.devices));
  if (spec.process) TRY(refuse_unsupported(*spec.process, facts));
  return {};
}

}  // namespace tare::runtime
