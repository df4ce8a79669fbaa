// Writing config.json: the whole, its process, mounts and hooks.
#include "oci/runtime_spec_encode_json.h"

namespace tare::oci {

Json encode(const ConsoleSize& size) { return {{"height", size.height}, {"width", size.width}}; }

Json encode(const User& user) {
  Json json{{"uid", user.uid}, {"gid", user.gid}};
  put(json, "umask", user.umask);
  put(json, "additionalGids", user.additional_gids);
  return json;
}

Json encode(const Capabilities& capabilities) {
  Json json = Json::object();
  put(json, "bounding", capabilities.bounding);
  put(json, "effective", capabilities.effective);
  put(json, "inheritable", capabilities.inheritable);
  put(json, "permitted", capabilities.permitted);
  put(json, "ambient", capabilities.ambient);
  return json;
}

Json encode(const Rlimit& rlimit) { return {{"type", rlimit.type}, {"soft", rlimit.soft}, {"hard", rlimit.hard}}; }

Json encode(const Scheduler& scheduler) {
  Json json{{"policy", scheduler.policy}, {"nice", scheduler.nice}, {"priority", scheduler.priority}};
  put(json, "flags", scheduler.flags);
  if (scheduler.runtime != 0) json["runtime"] = scheduler.runtime;
  if (scheduler.deadline != 0) json["deadline"] = scheduler.deadline;
  if (scheduler.period != 0) json["period"] = scheduler.period;
  return json;
}

Json encode(const IoPriority& priority) { return {{"class", priority.io_class}, {"priority", priority.priority}}; }

Json encode(const CpuAffinity& affinity) {
  Json json = Json::object();
  put(json, "initial", affinity.initial_cpus);
  put(json, "final", affinity.final_cpus);
  return json;
}

Json encode(const Process& process) {
  Json json{{"cwd", process.cwd}, {"user", encode(process.user)}};
  put_if(json, "terminal", process.terminal);
  put(json, "consoleSize", process.console_size);
  put(json, "args", process.args);
  put(json, "env", process.env);
  put(json, "capabilities", process.capabilities);
  put(json, "rlimits", process.rlimits);
  put_if(json, "noNewPrivileges", process.no_new_privileges);
  put(json, "oomScoreAdj", process.oom_score_adj);
  put(json, "apparmorProfile", process.apparmor_profile);
  put(json, "selinuxLabel", process.selinux_label);
  put(json, "scheduler", process.scheduler);
  put(json, "ioPriority", process.io_priority);
  put(json, "execCPUAffinity", process.exec_cpu_affinity);
  return json;
}

Json encode(const Root& root) {
  Json json{{"path", root.path}};
  put_if(json, "readonly", root.readonly);
  return json;
}

Json encode(const Mount& mount) {
  Json json{{"destination", mount.destination}};
  put(json, "type", mount.type);
  put(json, "source", mount.source);
  put(json, "options", mount.options);
  put(json, "uidMappings", mount.uid_mappings);
  put(json, "gidMappings", mount.gid_mappings);
  return json;
}

Json encode(const Hook& hook) {
  Json json{{"path", hook.path}};
  put(json, "args", hook.args);
  put(json, "env", hook.env);
  put(json, "timeout", hook.timeout);
  return json;
}

Json encode(const Hooks& hooks) {
  Json json = Json::object();
  put(json, "prestart", hooks.prestart);
  put(json, "createRuntime", hooks.create_runtime);
  put(json, "createContainer", hooks.create_container);
  put(json, "startContainer", hooks.start_container);
  put(json, "poststart", hooks.poststart);
  put(json, "poststop", hooks.poststop);
  return json;
}

std::string Process::to_json() const { return codec::dump_json(encode(*this)); }

std::string Resources::to_json() const { return codec::dump_json(encode(*this)); }

std::string RuntimeSpec::to_json() const {
  Json json{{"ociVersion", oci_version}};
  put(json, "process", process);
  put(json, "root", root);
  put(json, "hostname", hostname);
  put(json, "domainname", domainname);
  put(json, "mounts", mounts);
  put(json, "hooks", hooks);
  put(json, "linux", linux_section);
  put(json, "annotations", annotations);
  return codec::dump_json(json);
}

}  // namespace tare::oci
