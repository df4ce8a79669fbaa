#include "runtime/init/finish.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/scheduling.h"
#include "os/seccomp.h"
#include "runtime/init/execute.h"
#include "runtime/init/identity.h"

namespace tare::runtime {
namespace {

Result<void> load_filter(const Finish& finish) {
  const auto& filter = finish.seccomp;
  if (!filter) return {};
  std::string report = finish.agent == nullptr ? "" : prepare_listener_message(*finish.agent);
  const auto listener = TRY(os::load_seccomp_filter(filter->program, filter->flags));
  if (!listener.valid()) return {};
  return report_listener(finish.sync, report, listener);
}

// The kernel marks a directory that is not below the root; to start in one would be to start outside the container.
Result<void> check_working_directory(const std::string& cwd) {
  char path[4096];
  if (::getcwd(path, sizeof path) == nullptr || path[0] != '/') {
    return Failure(ErrorKind::kPermissionDenied, "working directory {} is outside the container", cwd);
  }
  return {};
}

Result<void> enter_working_directory(const oci::Process& process) {
  auto entered = os::change_directory(process.cwd);
  if (!entered.ok()) return std::move(entered).context("process.cwd");
  return check_working_directory(process.cwd);
}

// A file of the container: a FIFO there must not make us wait for ever.
Result<std::string> read_passwd() {
  const UniqueFd file = TRY(os::open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY));
  return os::read_fd(file, "/etc/passwd", size_t{1} << 20);
}

// Of a variable that is set twice the later value counts, and the process sees it once.
std::vector<std::string> without_duplicates(const std::vector<std::string>& environment) {
  std::vector<std::string> result;
  std::set<std::string> seen;
  for (auto variable = environment.rbegin(); variable != environment.rend(); ++variable) {
    if (seen.insert(variable->substr(0, variable->find('='))).second) result.push_back(*variable);
  }
  std::reverse(result.begin(), result.end());
  return result;
}

std::string home_of(uint32_t uid) {
  const auto passwd = read_passwd();
  for (const auto& line : split(passwd.ok() ? std::string_view(*passwd) : "", '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() >= 6 && fields[2] == std::to_string(uid) && !fields[5].empty()) return fields[5];
  }
  return uid == 0 ? "/root" : "/";
}

Result<void> apply_scheduler(const os::SchedulerAttributes& scheduler) {
  auto set = os::set_scheduler(scheduler).context("process.scheduler");
  const bool is_realtime = scheduler.policy == SCHED_FIFO || scheduler.policy == SCHED_RR;
  if (set.ok() || !is_realtime || set.error().errno_value() != EPERM) return set;
  return std::move(set).error().with_hint(
      "it takes CAP_SYS_NICE and, where the kernel shares real time out among groups, cpu.realtimeRuntime for the "
      "container's group and those above it");
}

Result<void> apply_scheduling(const Scheduling& scheduling) {
  if (const auto& scheduler = scheduling.scheduler) TRY(apply_scheduler(*scheduler));
  if (const auto& io = scheduling.io_priority) TRY(os::set_io_priority(*io).context("process.ioPriority"));
  if (const auto& memory = scheduling.memory_policy) {
    TRY(os::set_memory_policy(*memory).context("linux.memoryPolicy"));
  }
  if (scheduling.personality) TRY(os::set_personality(*scheduling.personality).context("linux.personality"));
  return {};
}

// To open /dev/stdout anew takes a right to the pipe or file behind it, which is its maker's. What cannot be given away
// (the host's, seen from a user namespace) stays; /dev/null is everybody's.
void own_standard_streams(uint32_t uid) {
  struct stat null {};
  if (uid == 0 || ::stat("/dev/null", &null) != 0) return;
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    struct stat stream {};
    if (::fstat(fd, &stream) != 0 || stream.st_uid == uid) continue;
    if (S_ISCHR(stream.st_mode) && stream.st_rdev == null.st_rdev) continue;
    (void)::fchown(fd, uid, static_cast<gid_t>(-1));
  }
}

Result<void> give_up_privileges(const Finish& finish) {
  TRY(apply_limits(finish.plan.limits));
  TRY(apply_scheduling(finish.plan.scheduling));
  TRY(enter_working_directory(finish.process));
  own_standard_streams(finish.process.user.uid);
  const bool without_new_privileges = finish.process.no_new_privileges;
  // Loading a filter takes CAP_SYS_ADMIN or no_new_privs. With the latter it comes last, so that the filter need not
  // allow the calls before it.
  if (!without_new_privileges) TRY(load_filter(finish));
  TRY(become(finish.process.user, finish.plan.capabilities));
  // Changing the user has cleared the death signal.
  if (finish.die_with_caller && !bind_life_to_caller(finish.sync)) ::_exit(1);
  if (!without_new_privileges) return {};
  TRY(os::set_no_new_privileges());
  return load_filter(finish);
}

}  // namespace

bool bind_life_to_caller(BorrowedFd sync) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A caller that died before that call left the socket closed.
  char byte = 0;
  return ::recv(sync.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0;
}

std::vector<std::string> complete_environment(const oci::Process& process) {
  auto environment = without_duplicates(process.env);
  for (const auto& variable : environment) {
    if (variable.starts_with("HOME=") && variable.size() > 5) return environment;
  }
  std::erase(environment, "HOME=");
  environment.push_back("HOME=" + home_of(process.user.uid));
  return environment;
}

Error finish(const Finish& finish) {
  oci::Process process = finish.process;
  process.env = complete_environment(process);
  auto done = give_up_privileges(finish);
  if (done.ok() && finish.last_step) done = finish.last_step();
  if (!done.ok()) return std::move(done).error();
  return execute(process);
}

}  // namespace tare::runtime
