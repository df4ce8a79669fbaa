// `exec`: one more process in a running container, a child of the caller; no supervisor is involved.
#include <fcntl.h>

#include <algorithm>

#include "engine/core.h"
#include "engine/image_root.h"
#include "os/file.h"
#include "runtime/defaults.h"
#include "runtime/user_lookup.h"
#include "supervise/runtime_program.h"

namespace tare::engine {
namespace {

// /etc/passwd as the container sees it now; /proc/PID/root leads there without any namespace of ours.
std::string read_in_container(pid_t pid, const std::string& path) {
  const auto root = os::open(formatted("/proc/{}/root", pid), O_PATH | O_DIRECTORY);
  if (!root.ok()) return "";
  const auto file = os::open_in_root(*root, path, O_RDONLY | O_NONBLOCK);
  if (!file.ok()) return "";
  return os::read_fd(*file, path, size_t{4} << 20).value_or("");
}

void put_variable(std::vector<std::string>& env, const std::string& entry) {
  const std::string key = entry.substr(0, entry.find('=')) + "=";
  std::erase_if(env, [&](const std::string& old) { return old.starts_with(key); });
  env.push_back(entry);
}

Result<void> apply_user(oci::Process& process, const Container& container, const ExecRequest& request) {
  const auto& user = request.user.empty() ? container.record.user : request.user;
  const auto resolved = TRY(runtime::resolve_user(user, container.record.options.group_add,
                                                  read_in_container(container.state.pid, "/etc/passwd"),
                                                  read_in_container(container.state.pid, "/etc/group")));
  process.user.uid = resolved.uid;
  process.user.gid = resolved.gid;
  process.user.additional_gids = resolved.additional_gids;
  put_variable(process.env, "HOME=" + resolved.home);
  return {};
}

void apply_capabilities(oci::Process& process, const ExecRequest& request) {
  auto names = process.capabilities ? process.capabilities->bounding : std::vector<std::string>();
  if (request.privileged) names = runtime::all_capabilities();
  oci::Capabilities sets;
  sets.bounding = names;
  if (process.user.uid == 0) sets.effective = sets.permitted = names;
  process.capabilities = sets;
}

Result<oci::Process> plan_process(const oci::RuntimeSpec& spec, const Container& container,
                                  const ExecRequest& request) {
  if (!spec.process) return Failure(ErrorKind::kCorrupt, "config.json of container {} has no process", container.name);
  auto process = *spec.process;
  process.args = request.command;
  process.terminal = request.terminal;
  if (!request.working_dir.empty()) process.cwd = request.working_dir;
  TRY(apply_user(process, container, request));
  if (request.terminal) put_variable(process.env, "TERM=xterm");
  for (const auto& entry : request.env) put_variable(process.env, entry);
  apply_capabilities(process, request);
  return process;
}

}  // namespace

Result<runtime::ExecutedProcess> Engine::exec(const Container& container, const ExecRequest& request,
                                              const runtime::StandardStreams& streams) {
  if (!container.running()) {
    return Failure(ErrorKind::kConflict, "container {} is not running", container.record.id)
        .with_hint("tare start " + container.name);
  }
  if (container.state.status == supervise::Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container {} is paused, unpause the container before exec", container.name);
  }
  const auto text = TRY(os::read_file(core_->data_directory(container.record.id) + "/config.json"));
  auto spec = TRY(oci::RuntimeSpec::parse(text));
  auto process = TRY(plan_process(spec, container, request));
  const auto runtime = TRY(find_runtime(container.record.options.runtime));
  if (!runtime.empty()) {
    const auto& id = container.record.id;
    return supervise::RuntimeProgram(runtime, core_->run_directory(id), id).exec(process, streams);
  }
  if (request.privileged) spec.linux_section.seccomp.reset();
  const auto& path = spec.linux_section.cgroups_path;
  const auto cgroup = path.empty() ? os::Cgroup() : TRY(os::Cgroup::find(path));
  return runtime::exec({.spec = spec,
                        .container_pid = container.state.pid,
                        .cgroup = cgroup,
                        .process = std::move(process),
                        .streams = streams,
                        .seccomp_cache = core_->paths.run + "/seccomp"});
}

}  // namespace tare::engine
