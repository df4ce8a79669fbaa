#include "runtime/plan/host_facts.h"

#include <net/if.h>
#include <unistd.h>

#include <algorithm>

#include "os/capability.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/resctrl.h"
#include "os/security_label.h"

namespace tare::runtime {
namespace {

bool has_time_namespace(const oci::LinuxSection& section) {
  return std::any_of(section.namespaces.begin(), section.namespaces.end(),
                     [](const auto& space) { return space.type == oci::NamespaceType::kTime; });
}

}  // namespace

void read_process_facts(const oci::Process& process, const oci::LinuxSection& section, HostFacts& facts) {
  const bool own_users = std::any_of(section.namespaces.begin(), section.namespaces.end(),
                                     [](const auto& space) { return space.type == oci::NamespaceType::kUser; });
  if (!own_users) facts.held_capabilities = os::held_capabilities();
  if (!process.apparmor_profile.empty()) facts.apparmor = os::has_apparmor();
  if (!process.selinux_label.empty()) facts.selinux = os::has_selinux();
}

void read_resctrl_facts(HostFacts& facts) {
  facts.resctrl = os::find_resctrl();
  if (!facts.resctrl.empty()) facts.resctrl_resources = os::resctrl_resources(facts.resctrl);
}

Result<HostFacts> read_host_facts(const oci::RuntimeSpec& spec) {
  HostFacts facts;
  const oci::LinuxSection& section = spec.linux_section;
  facts.cgroups = TRY(os::read_cgroup_layout());
  // An ordinary user's container has a user namespace of its own: for what may be done it is the same.
  facts.in_user_namespace = os::in_user_namespace() || ::geteuid() != 0;
  if (spec.process) read_process_facts(*spec.process, section, facts);
  if (!section.mount_label.empty()) facts.selinux = os::has_selinux();
  if (has_time_namespace(section)) facts.time_namespaces = os::exists("/proc/self/ns/time");
  if (section.intel_rdt) read_resctrl_facts(facts);
  for (const auto& [name, device] : section.net_devices) {
    if (::if_nametoindex(name.c_str()) != 0) facts.network_devices.insert(name);
  }
  return facts;
}

}  // namespace tare::runtime
