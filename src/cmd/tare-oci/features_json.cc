#include "codec/json.h"
#include "features.h"
#include "os/capability.h"

namespace tare::cmd {

std::string features_text() {
  using codec::Json;
  const Json features{
      {"ociVersionMin", "1.0.0"},
      {"ociVersionMax", "1.2.0"},
      {"hooks", {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}},
      {"mountOptions",
       {"async", "atime",    "bind",  "defaults",    "dev",    "diratime",   "dirsync",   "exec",        "iversion",
        "mand",  "noatime",  "nodev", "nodiratime",  "noexec", "norelatime", "nosuid",    "nosymfollow", "private",
        "rbind", "relatime", "ro",    "rprivate",    "rro",    "rrw",        "rshared",   "rslave",      "runbindable",
        "rw",    "shared",   "slave", "strictatime", "suid",   "sync",       "tmpcopyup", "unbindable"}},
      {"linux",
       {{"namespaces", {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"}},
        {"capabilities", os::all_capability_names()},
        {"cgroup", {{"v1", true}, {"v2", true}, {"systemd", false}, {"systemdUser", false}, {"rdma", false}}},
        {"seccomp",
         {{"enabled", true},
          {"actions",
           {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
            "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"}},
          {"operators",
           {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
            "SCMP_CMP_NE"}}}},
        {"apparmor", {{"enabled", false}}},
        {"selinux", {{"enabled", false}}},
        {"intelRdt", {{"enabled", false}}},
        {"mountExtensions", {{"idmap", {{"enabled", false}}}}}}}};
  return codec::dump_json_indented(features, 2);
}

}  // namespace tare::cmd
