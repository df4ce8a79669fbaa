#include "runtime/seccomp/compile.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "os/file.h"
#include "runtime/seccomp/newer_calls.h"

namespace tare::runtime {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

Error failure(int number, const std::string& what) { return Error::from_errno(-number, "seccomp:", what); }

bool takes_errno(const std::string& action) { return action == "SCMP_ACT_ERRNO" || action == "SCMP_ACT_TRACE"; }

Result<uint32_t> action_of(const std::string& name, std::optional<unsigned> errno_ret) {
  if (errno_ret && !takes_errno(name)) {
    return Failure(ErrorKind::kInvalidArgument, "linux.seccomp: action {} takes no errnoRet", name);
  }
  const unsigned number = errno_ret.value_or(EPERM);
  if (name == "SCMP_ACT_ALLOW") return uint32_t{SCMP_ACT_ALLOW};
  if (name == "SCMP_ACT_ERRNO") return uint32_t{SCMP_ACT_ERRNO(number)};
  if (name == "SCMP_ACT_KILL" || name == "SCMP_ACT_KILL_THREAD") return uint32_t{SCMP_ACT_KILL_THREAD};
  if (name == "SCMP_ACT_KILL_PROCESS") return uint32_t{SCMP_ACT_KILL_PROCESS};
  if (name == "SCMP_ACT_TRAP") return uint32_t{SCMP_ACT_TRAP};
  if (name == "SCMP_ACT_TRACE") return uint32_t{SCMP_ACT_TRACE(number)};
  if (name == "SCMP_ACT_LOG") return uint32_t{SCMP_ACT_LOG};
  if (name == "SCMP_ACT_NOTIFY") return uint32_t{SCMP_ACT_NOTIFY};
  return Failure(ErrorKind::kInvalidArgument, "linux.seccomp: action {} is unknown", name);
}

Result<uint32_t> architecture_of(const std::string& name) {
  // libseccomp's names are those of the specification in lower case, without the prefix.
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  const uint32_t token =
      name.starts_with(kPrefix) ? seccomp_arch_resolve_name(to_lower(name.substr(kPrefix.size())).c_str()) : 0;
  if (token == 0) return Failure(ErrorKind::kInvalidArgument, "linux.seccomp: architecture {} is unknown", name);
  return token;
}

Result<scmp_compare> comparison_of(const std::string& name) {
  static const std::map<std::string, scmp_compare> kComparisons = {{"SCMP_CMP_NE", SCMP_CMP_NE},
                                                                   {"SCMP_CMP_LT", SCMP_CMP_LT},
                                                                   {"SCMP_CMP_LE", SCMP_CMP_LE},
                                                                   {"SCMP_CMP_EQ", SCMP_CMP_EQ},
                                                                   {"SCMP_CMP_GE", SCMP_CMP_GE},
                                                                   {"SCMP_CMP_GT", SCMP_CMP_GT},
                                                                   {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  const auto found = kComparisons.find(name);
  if (found == kComparisons.end()) {
    return Failure(ErrorKind::kInvalidArgument, "linux.seccomp: comparison {} is unknown", name);
  }
  return found->second;
}

Result<unsigned> flags_of(const oci::Seccomp& profile) {
  // As runc: speculation stays allowed when no flags are given, or every container would pay for it.
  if (profile.flags.empty()) return unsigned{SECCOMP_FILTER_FLAG_SPEC_ALLOW};
  unsigned flags = 0;
  for (const auto& name : profile.flags) {
    const auto found = seccomp_flags().find(name);
    if (found == seccomp_flags().end()) {
      return Failure(ErrorKind::kUnsupported, "linux.seccomp: flag {} is not supported by this runtime", name);
    }
    // One thread has nothing to synchronise, and the kernel wants TSYNC for itself when there is a listener.
    if (found->second != SECCOMP_FILTER_FLAG_TSYNC) flags |= found->second;
  }
  return flags;
}

Result<void> add_architectures(const Context& context, const oci::Seccomp& profile) {
  for (const auto& name : profile.architectures) {
    const int added = seccomp_arch_add(context.get(), TRY(architecture_of(name)));
    if (added != 0 && added != -EEXIST) return failure(added, "architecture " + name);
  }
  return {};
}

Result<std::vector<scmp_arg_cmp>> conditions_of(const oci::SeccompRule& rule) {
  std::vector<scmp_arg_cmp> conditions;
  for (const auto& argument : rule.args) {
    const scmp_compare comparison = TRY(comparison_of(argument.op));
    conditions.push_back({argument.index, comparison, argument.value, argument.value_two});
  }
  return conditions;
}

// Several conditions on one argument cannot be one rule for libseccomp; like runc, each becomes a rule of its own then.
bool repeats_an_argument(const std::vector<scmp_arg_cmp>& conditions) {
  unsigned seen = 0;
  for (const auto& condition : conditions) {
    if ((seen & (1U << condition.arg)) != 0) return true;
    seen |= 1U << condition.arg;
  }
  return false;
}

Result<void> add_call(const Context& context, uint32_t action, const std::string& name,
                      const std::vector<scmp_arg_cmp>& conditions) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) return {};  // a call of another architecture, or newer than libseccomp
  const auto count = static_cast<unsigned>(conditions.size());
  const int added = seccomp_rule_add_array(context.get(), action, number, count, conditions.data());
  if (added != 0) return failure(added, "rule for " + name);
  return {};
}

Result<void> add_rule(const Context& context, const oci::Seccomp& profile, const oci::SeccompRule& rule) {
  const uint32_t action = TRY(action_of(rule.action, rule.errno_ret));
  const uint32_t otherwise = TRY(action_of(profile.default_action, profile.default_errno_ret));
  if (action == otherwise) return {};  // libseccomp refuses rules that change nothing
  const auto conditions = TRY(conditions_of(rule));
  for (const auto& name : rule.names) {
    if (!repeats_an_argument(conditions)) {
      TRY(add_call(context, action, name, conditions));
      continue;
    }
    for (const auto& condition : conditions) TRY(add_call(context, action, name, {condition}));
  }
  return {};
}

Result<std::string> export_program(const Context& context) {
  const UniqueFd memory(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory.valid()) return Error::from_errno(errno, "memfd_create", "seccomp");
  const int exported = seccomp_export_bpf(context.get(), memory.get());
  if (exported != 0) return failure(exported, "compile the profile");
  ::lseek(memory.get(), 0, SEEK_SET);
  return os::read_fd(memory, "seccomp program");
}

bool uses_notify(const oci::Seccomp& profile) {
  return std::any_of(profile.syscalls.begin(), profile.syscalls.end(),
                     [](const auto& rule) { return rule.action == "SCMP_ACT_NOTIFY"; });
}

}  // namespace

const std::map<std::string, unsigned>& seccomp_flags() {
  constexpr unsigned kWaitKillable = 1U << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19
  static const std::map<std::string, unsigned> kFlags = {
      {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", kWaitKillable},
      {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
      {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
      {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW}};
  return kFlags;
}

bool SeccompFilter::has_listener() const { return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0; }

Result<void> check_seccomp(const oci::Seccomp& profile) {
  const auto invalid = [](const std::string& text) { return Error(ErrorKind::kInvalidArgument, text); };
  if (profile.default_action == "SCMP_ACT_NOTIFY") {
    return invalid("linux.seccomp.defaultAction: SCMP_ACT_NOTIFY would hold up the process before its agent is there");
  }
  if (!profile.listener_metadata.empty() && profile.listener_path.empty()) {
    return invalid("linux.seccomp.listenerMetadata needs a listenerPath");
  }
  if (uses_notify(profile) && profile.listener_path.empty()) {
    return invalid("linux.seccomp: SCMP_ACT_NOTIFY needs a listenerPath");
  }
  for (const auto& rule : profile.syscalls) {
    if (rule.names.empty()) return invalid("linux.seccomp.syscalls: a rule names no system call");
    // The number of the listener is told with it, before the agent can answer.
    const bool has_write = std::find(rule.names.begin(), rule.names.end(), "write") != rule.names.end();
    if (rule.action == "SCMP_ACT_NOTIFY" && has_write) return invalid("linux.seccomp: write cannot be SCMP_ACT_NOTIFY");
  }
  return {};
}

Result<SeccompFilter> compile_seccomp(const oci::Seccomp& profile) {
  SeccompFilter filter;
  filter.flags = TRY(flags_of(profile));
  if (uses_notify(profile)) filter.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  const uint32_t otherwise = TRY(action_of(profile.default_action, profile.default_errno_ret));
  const Context context(seccomp_init(otherwise), &seccomp_release);
  if (!context) return failure(-EINVAL, "start a filter");
  // A binary tree over the call numbers in place of a list: a dozen steps per system call, not hundreds.
  seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  TRY(add_architectures(context, profile));
  for (const auto& rule : profile.syscalls) TRY(add_rule(context, profile, rule));
  filter.program = answer_newer_calls(profile) + TRY(export_program(context));
  return filter;
}

}  // namespace tare::runtime
