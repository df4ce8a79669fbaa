#include "engine/security_options.h"

#include <algorithm>

#include "engine/seccomp_profile.h"
#include "os/file.h"
#include "os/security_label.h"
#include "runtime/defaults.h"

namespace tare::engine {
namespace {

constexpr size_t kMaximumProfile = size_t{4} << 20;

struct SecurityOption {
  std::string name;
  std::string value;
};

// "name=value", and "name:value" as of old.
SecurityOption split_option(const std::string& text) {
  const size_t separator = text.find_first_of("=:");
  if (separator == std::string::npos) return {text, ""};
  return {text.substr(0, separator), text.substr(separator + 1)};
}

Error refusal(const SecurityOption& option, std::string_view why) {
  const std::string value = option.value.empty() ? "" : "=" + option.value;
  return Failure(ErrorKind::kInvalidArgument, "--security-opt {}{}: {}", option.name, value, why);
}

bool is_file(const SecurityOption& option) {
  return option.name == "seccomp" && !option.value.empty() && option.value != "unconfined" &&
         option.value != "builtin" && !option.value.starts_with('{');
}

// Absolute paths, separated by colons.
Result<std::vector<std::string>> read_paths(const SecurityOption& option) {
  auto paths = split(option.value, ':');
  for (const auto& path : paths) {
    if (!path.starts_with('/')) return refusal(option, formatted("\"{}\" is no absolute path", path));
  }
  return paths;
}

bool is_or_is_below(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

void uncover(std::vector<std::string>& covered, const std::string& path) {
  std::erase_if(covered, [&](const auto& entry) { return is_or_is_below(entry, path); });
}

Result<void> unmask(oci::LinuxSection& section, const SecurityOption& option) {
  if (to_lower(option.value) == "all") {
    section.masked_paths.clear();
    section.readonly_paths.clear();
    return {};
  }
  for (const auto& path : TRY(read_paths(option))) {
    uncover(section.masked_paths, path);
    uncover(section.readonly_paths, path);
  }
  return {};
}

Result<void> mask(oci::LinuxSection& section, const SecurityOption& option) {
  const auto paths = TRY(read_paths(option));
  section.masked_paths.insert(section.masked_paths.end(), paths.begin(), paths.end());
  return {};
}

Result<void> confine_privileges(oci::Process& process, const SecurityOption& option) {
  if (option.value.empty() || option.value == "true") {
    process.no_new_privileges = true;
    return {};
  }
  if (option.value != "false") return refusal(option, "expected true or false");
  process.no_new_privileges = false;
  return {};
}

Result<void> choose_filter(oci::RuntimeSpec& spec, const SecurityOption& option) {
  const auto& capabilities = spec.process->capabilities->bounding;
  if (option.value == "unconfined") {
    spec.linux_section.seccomp.reset();
  } else if (option.value == "builtin") {
    spec.linux_section.seccomp = runtime::built_in_seccomp(capabilities);
  } else {
    spec.linux_section.seccomp =
        TRY(parse_seccomp_profile(option.value, seccomp_facts(capabilities)).context("--security-opt"));
  }
  return {};
}

Result<void> choose_apparmor(oci::Process& process, const SecurityOption& option) {
  if (option.value.empty()) return refusal(option, "expected unconfined or the name of a profile");
  if (option.value != "unconfined" && !os::has_apparmor()) {
    return Failure(ErrorKind::kUnsupported, "--security-opt apparmor={}: this host's kernel has no AppArmor",
                   option.value)
        .with_hint("leave it out; seccomp and capabilities confine the container");
  }
  process.apparmor_profile = option.value;
  return {};
}

// Only "disable", which is what holds: containers get no SELinux label from this engine.
Result<void> choose_label(const SecurityOption& option) {
  if (option.value == "disable") return {};
  return Failure(ErrorKind::kUnsupported, "--security-opt label={}: {}", option.value,
                 os::has_selinux() ? "SELinux labels are not supported" : "this host has no SELinux")
      .with_hint("leave it out, or say label=disable");
}

Result<void> apply_option(oci::RuntimeSpec& spec, const SecurityOption& option) {
  oci::LinuxSection& section = spec.linux_section;
  if (option.name == "no-new-privileges") return confine_privileges(*spec.process, option);
  if (option.name == "seccomp") return choose_filter(spec, option);
  if (option.name == "apparmor") return choose_apparmor(*spec.process, option);
  if (option.name == "label") return choose_label(option);
  if (option.name == "mask") return mask(section, option);
  if (option.name == "unmask") return unmask(section, option);
  if (option.name != "systempaths") {
    return refusal(option, "there is no such option")
        .with_hint("no-new-privileges, seccomp, apparmor, label, mask, unmask and systempaths are");
  }
  if (option.value != "unconfined") return refusal(option, "expected unconfined");
  return unmask(section, {option.name, "ALL"});
}

void lift_confinement(oci::RuntimeSpec& spec) {
  oci::LinuxSection& section = spec.linux_section;
  section.seccomp.reset();
  section.masked_paths.clear();
  section.readonly_paths.clear();
  section.resources.devices = {{.allow = true, .type = "a", .access = "rwm"}};
  for (auto& mount : spec.mounts) {
    if (mount.type == "sysfs" || mount.type == "cgroup") std::erase(mount.options, "ro");
  }
}

}  // namespace

Result<void> resolve_security_options(std::vector<std::string>& options) {
  oci::RuntimeSpec trial = runtime::default_spec();
  for (auto& text : options) {
    const auto option = split_option(text);
    if (is_file(option)) {
      const std::string profile = TRY(os::read_file(option.value, kMaximumProfile).context("--security-opt seccomp"));
      text = formatted("seccomp={}", trim(profile));
    }
    TRY(apply_option(trial, split_option(text)));
  }
  return {};
}

Result<void> plan_security(oci::RuntimeSpec& spec, const ContainerOptions& options) {
  const auto& capabilities = spec.process->capabilities->bounding;
  if (capabilities != runtime::default_capabilities()) {
    spec.linux_section.seccomp = runtime::built_in_seccomp(capabilities);
  }
  if (options.privileged) lift_confinement(spec);
  for (const auto& text : options.security_options) TRY(apply_option(spec, split_option(text)));
  return {};
}

}  // namespace tare::engine
