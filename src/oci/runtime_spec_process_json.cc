// Reading "process" of config.json.
#include "oci/runtime_spec_decode_json.h"

namespace tare::oci {

Result<void> decode(const JsonReader& json, ConsoleSize& size) {
  TRY(take(json, "height", size.height));
  return take(json, "width", size.width);
}

Result<void> decode(const JsonReader& json, User& user) {
  TRY(take(json, "uid", user.uid));
  TRY(take(json, "gid", user.gid));
  TRY(take(json, "umask", user.umask));
  return take(json, "additionalGids", user.additional_gids);
}

Result<void> decode(const JsonReader& json, Capabilities& capabilities) {
  TRY(take(json, "bounding", capabilities.bounding));
  TRY(take(json, "effective", capabilities.effective));
  TRY(take(json, "inheritable", capabilities.inheritable));
  TRY(take(json, "permitted", capabilities.permitted));
  return take(json, "ambient", capabilities.ambient);
}

Result<void> decode(const JsonReader& json, Rlimit& rlimit) {
  TRY(take_required(json, "type", rlimit.type));
  TRY(take(json, "soft", rlimit.soft));
  return take(json, "hard", rlimit.hard);
}

Result<void> decode(const JsonReader& json, Scheduler& scheduler) {
  TRY(take_required(json, "policy", scheduler.policy));
  TRY(take(json, "nice", scheduler.nice));
  TRY(take(json, "priority", scheduler.priority));
  TRY(take(json, "flags", scheduler.flags));
  TRY(take(json, "runtime", scheduler.runtime));
  TRY(take(json, "deadline", scheduler.deadline));
  return take(json, "period", scheduler.period);
}

Result<void> decode(const JsonReader& json, IoPriority& priority) {
  TRY(take_required(json, "class", priority.io_class));
  return take(json, "priority", priority.priority);
}

Result<void> decode(const JsonReader& json, CpuAffinity& affinity) {
  TRY(take(json, "initial", affinity.initial_cpus));
  return take(json, "final", affinity.final_cpus);
}

Result<void> decode(const JsonReader& json, Process& process) {
  TRY(take(json, "terminal", process.terminal));
  TRY(take(json, "consoleSize", process.console_size));
  TRY(take(json, "user", process.user));
  TRY(take(json, "args", process.args));
  TRY(take(json, "env", process.env));
  TRY(take(json, "cwd", process.cwd));
  TRY(take(json, "capabilities", process.capabilities));
  TRY(take(json, "rlimits", process.rlimits));
  TRY(take(json, "noNewPrivileges", process.no_new_privileges));
  TRY(take(json, "oomScoreAdj", process.oom_score_adj));
  TRY(take(json, "apparmorProfile", process.apparmor_profile));
  TRY(take(json, "selinuxLabel", process.selinux_label));
  TRY(take(json, "scheduler", process.scheduler));
  TRY(take(json, "ioPriority", process.io_priority));
  TRY(take(json, "execCPUAffinity", process.exec_cpu_affinity));
  return note_unsupported(json, {"commandLine"}, process.unsupported);
}

Result<Process> Process::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  Process process;
  TRY(decode(JsonReader(document), process));
  return process;
}

}  // namespace tare::oci
