#include "os/capability.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "os/error.h"

namespace tare::os {
namespace {

constexpr std::array<std::string_view, 41> kNames = {"CAP_CHOWN",
                                                     "CAP_DAC_OVERRIDE",
                                                     "CAP_DAC_READ_SEARCH",
                                                     "CAP_FOWNER",
                                                     "CAP_FSETID",
                                                     "CAP_KILL",
                                                     "CAP_SETGID",
                                                     "CAP_SETUID",
                                                     "CAP_SETPCAP",
                                                     "CAP_LINUX_IMMUTABLE",
                                                     "CAP_NET_BIND_SERVICE",
                                                     "CAP_NET_BROADCAST",
                                                     "CAP_NET_ADMIN",
                                                     "CAP_NET_RAW",
                                                     "CAP_IPC_LOCK",
                                                     "CAP_IPC_OWNER",
                                                     "CAP_SYS_MODULE",
                                                     "CAP_SYS_RAWIO",
                                                     "CAP_SYS_CHROOT",
                                                     "CAP_SYS_PTRACE",
                                                     "CAP_SYS_PACCT",
                                                     "CAP_SYS_ADMIN",
                                                     "CAP_SYS_BOOT",
                                                     "CAP_SYS_NICE",
                                                     "CAP_SYS_RESOURCE",
                                                     "CAP_SYS_TIME",
                                                     "CAP_SYS_TTY_CONFIG",
                                                     "CAP_MKNOD",
                                                     "CAP_LEASE",
                                                     "CAP_AUDIT_WRITE",
                                                     "CAP_AUDIT_CONTROL",
                                                     "CAP_SETFCAP",
                                                     "CAP_MAC_OVERRIDE",
                                                     "CAP_MAC_ADMIN",
                                                     "CAP_SYSLOG",
                                                     "CAP_WAKE_ALARM",
                                                     "CAP_BLOCK_SUSPEND",
                                                     "CAP_AUDIT_READ",
                                                     "CAP_PERFMON",
                                                     "CAP_BPF",
                                                     "CAP_CHECKPOINT_RESTORE"};
static_assert(kNames[CAP_SYS_ADMIN] == "CAP_SYS_ADMIN" && kNames[CAP_CHECKPOINT_RESTORE] == "CAP_CHECKPOINT_RESTORE");

constexpr uint64_t bit(int capability) { return uint64_t{1} << capability; }

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

}  // namespace

std::optional<int> parse_capability(std::string_view name) {
  std::string wanted = upper(name);
  if (!wanted.starts_with("CAP_")) wanted = "CAP_" + wanted;
  const auto* found = std::find(kNames.begin(), kNames.end(), wanted);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<int>(found - kNames.begin());
}

std::vector<std::string> all_capability_names() { return {kNames.begin(), kNames.end()}; }

int last_capability() {
  int capability = CAP_CHECKPOINT_RESTORE;
  while (capability < 63 && ::prctl(PR_CAPBSET_READ, capability + 1) >= 0) ++capability;
  while (capability > 0 && ::prctl(PR_CAPBSET_READ, capability) < 0) --capability;
  return capability;
}

uint64_t held_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2]{};
  if (syscall(SYS_capget, &header, words) != 0) return 0;
  return words[0].permitted | uint64_t{words[1].permitted} << 32;
}

Result<void> limit_bounding_set(uint64_t bounding) {
  const int last = last_capability();
  for (int capability = 0; capability <= last; ++capability) {
    if ((bounding & bit(capability)) != 0 || ::prctl(PR_CAPBSET_READ, capability) != 1) continue;
    if (::prctl(PR_CAPBSET_DROP, capability) != 0) {
      return last_error("drop from the bounding set", std::to_string(capability));
    }
  }
  return {};
}

Result<void> set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2]{};
  for (int word = 0; word < 2; ++word) {
    words[word].effective = static_cast<uint32_t>(sets.effective >> (32 * word));
    words[word].permitted = static_cast<uint32_t>(sets.permitted >> (32 * word));
    words[word].inheritable = static_cast<uint32_t>(sets.inheritable >> (32 * word));
  }
  if (syscall(SYS_capset, &header, words) != 0) return last_error("set", "capabilities");
  return {};
}

Result<void> set_ambient_set(uint64_t ambient) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return last_error("clear", "ambient set");
  for (int capability = 0; capability < 64; ++capability) {
    if ((ambient & bit(capability)) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      return last_error("raise ambient capability", std::to_string(capability));
    }
  }
  return {};
}

Result<void> keep_capabilities_across_setuid(bool keep) {
  if (::prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0) != 0) return last_error("prctl", "PR_SET_KEEPCAPS");
  return {};
}

}  // namespace tare::os
