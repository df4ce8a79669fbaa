#include "runtime/defaults.h"

#include <unistd.h>

#include "os/capability.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

std::vector<oci::Mount> default_mounts() {
  return {{"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
          {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
          {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
          {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
          {"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}},
          {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
          {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}}};
}

oci::Process default_process() {
  oci::Process process;
  process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  const auto capabilities = default_capabilities();
  process.capabilities = {capabilities, capabilities, {}, capabilities, {}};
  return process;
}

// How hot a processor gets tells what others compute on it; Docker masks these too where the host has them.
void add_thermal_paths(std::vector<std::string>& paths) {
  if (!os::exists("/sys/devices/system/cpu/cpu0/thermal_throttle")) return;
  const long count = ::sysconf(_SC_NPROCESSORS_CONF);
  for (long cpu = 0; cpu < count; ++cpu) {
    paths.push_back(formatted("/sys/devices/system/cpu/cpu{}/thermal_throttle", cpu));
  }
}

}  // namespace

std::vector<std::string> default_capabilities() {
  return {"CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
          "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
          "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
          "CAP_KILL",    "CAP_AUDIT_WRITE"};
}

std::vector<std::string> all_capabilities() {
  std::vector<std::string> names = os::all_capability_names();
  const auto known = static_cast<size_t>(os::last_capability()) + 1;
  if (names.size() > known) names.resize(known);
  return names;
}

oci::RuntimeSpec default_spec() {
  using oci::NamespaceType;
  oci::RuntimeSpec spec;
  spec.process = default_process();
  spec.mounts = default_mounts();
  oci::LinuxSection& section = spec.linux_section;
  for (const auto type : {NamespaceType::kPid, NamespaceType::kNetwork, NamespaceType::kMount, NamespaceType::kIpc,
                          NamespaceType::kUts, NamespaceType::kCgroup}) {
    section.namespaces.push_back({type, ""});
  }
  section.resources.devices = {{false, "", {}, {}, "rwm"}};
  section.seccomp = built_in_seccomp(default_capabilities());
  section.masked_paths = {"/proc/asound",     "/proc/acpi",        "/proc/interrupts",
                          "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
                          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                          "/proc/scsi",       "/sys/firmware",     "/sys/devices/virtual/powercap"};
  add_thermal_paths(section.masked_paths);
  section.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  return spec;
}

}  // namespace tare::runtime
