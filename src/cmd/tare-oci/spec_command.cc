#include <unistd.h>

#include "commands.h"
#include "json_text.h"
#include "os/cgroup.h"
#include "os/file.h"
#include "runtime/defaults.h"

namespace tare::cmd {
namespace {

// What an example needs and no more, as runc's template: three capabilities, no gain of privileges, a root to read.
oci::RuntimeSpec example_spec() {
  oci::RuntimeSpec spec = runtime::default_spec();
  const std::vector<std::string> capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
  spec.root = oci::Root{"rootfs", true};
  spec.hostname = "tare";
  auto& process = *spec.process;
  process.args = {"sh"};
  process.terminal = true;
  process.env.emplace_back("TERM=xterm");
  process.no_new_privileges = true;
  process.capabilities =
      oci::Capabilities{.bounding = capabilities, .effective = capabilities, .permitted = capabilities};
  process.rlimits = {{"RLIMIT_NOFILE", 1024, 1024}};
  auto& section = spec.linux_section;
  section.seccomp.reset();
  const auto layout = os::read_cgroup_layout();
  const bool v2 = layout.ok() && layout->version == os::CgroupVersion::kV2;
  if (!v2)
    std::erase_if(section.namespaces, [](const auto& space) { return space.type == oci::NamespaceType::kCgroup; });
  return spec;
}

void drop_owner_options(std::vector<std::string>& options) {
  std::erase_if(options, [](const auto& option) { return option.starts_with("gid=") || option.starts_with("uid="); });
}

// For a user without privileges on the host: mapped as root alone, in the host's network and without limits.
void make_rootless(oci::RuntimeSpec& spec) {
  auto& section = spec.linux_section;
  std::erase_if(section.namespaces, [](const auto& space) {
    return space.type == oci::NamespaceType::kNetwork || space.type == oci::NamespaceType::kUser;
  });
  section.namespaces.push_back({oci::NamespaceType::kUser, ""});
  section.uid_mappings = {{0, ::geteuid(), 1}};
  section.gid_mappings = {{0, ::getegid(), 1}};
  section.resources = {};
  for (auto& mount : spec.mounts) {
    drop_owner_options(mount.options);
    // sysfs can be mounted only by who owns the network namespace.
    if (mount.destination == "/sys") mount = {"/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}};
  }
}

Result<int> write_spec(const Invocation& invocation) {
  const std::string path = invocation.flags.text("bundle", ".") + "/config.json";
  if (os::exists(path)) {
    return Failure(ErrorKind::kAlreadyExists, "File config.json exists. Remove it first");
  }
  oci::RuntimeSpec spec = example_spec();
  if (invocation.flags.has("rootless")) make_rootless(spec);
  TRY(os::write_file_atomic(path, indented(spec.to_json()) + "\n", 0644));
  return 0;
}

}  // namespace

Command spec_command() {
  return {.name = "spec",
          .summary = "write a new config.json",
          .at_least = 0,
          .at_most = 0,
          .flags = {{"bundle", "b", FlagValue::kText, "directory of the bundle (default: the current one)"},
                    {"rootless", "", FlagValue::kNone, "for an ordinary user"}},
          .run = write_spec};
}

}  // namespace tare::cmd
