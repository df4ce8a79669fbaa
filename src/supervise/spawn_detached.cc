#include "supervise/spawn_detached.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "os/error.h"
#include "os/file.h"
#include "os/guarded_program.h"
#include "os/process.h"

namespace tare::supervise {
namespace {

constexpr size_t kStackSize = 16 << 10;

// All that the two children need, made before there are any: they share the caller's memory while it sleeps, and may
// call nothing that takes a lock.
struct Plan {
  int program;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<std::pair<int, int>> moves;  // from, as
  sigset_t signals;                        // the caller's mask
  std::array<char, kStackSize>* stack;     // of the second child
  int failure = 0;                         // errno of what went wrong
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

// First out of the way (a target number may be another's source), then into place; dup2 clears close-on-exec.
bool place_descriptors(Plan& plan) {
  int lowest = 0;
  for (const auto& [from, as] : plan.moves) lowest = std::max({lowest, from + 1, as + 1});
  plan.program = ::fcntl(plan.program, F_DUPFD_CLOEXEC, lowest);
  if (plan.program < 0) return false;
  for (auto& [from, as] : plan.moves) {
    from = ::fcntl(from, F_DUPFD_CLOEXEC, lowest);
    if (from < 0) return false;
  }
  return std::all_of(plan.moves.begin(), plan.moves.end(),
                     [](const auto& move) { return ::dup2(move.first, move.second) >= 0; });
}

int execute(void* argument) {
  auto& plan = *static_cast<Plan*>(argument);
  os::reset_signals();  // what the caller ignores would stay ignored after exec
  ::execveat(plan.program, "", plan.arguments.data(), plan.environment.data(), AT_EMPTY_PATH);
  plan.failure = errno;
  ::_exit(1);
}

int detach(void* argument) {
  auto& plan = *static_cast<Plan*>(argument);
  ::setsid();
  ::umask(022);
  if (::chdir("/") != 0 || !place_descriptors(plan) ||
      ::clone(execute, plan.stack->data() + kStackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan) < 0) {
    plan.failure = errno;
  }
  ::_exit(0);
}

}  // namespace

Result<void> spawn_detached(const DetachedProgram& program) {
  const auto nothing = TRY(os::open("/dev/null", O_RDWR));
  const auto guarded = TRY(os::open_guarded_program(program.path));
  auto stacks = std::make_unique<std::array<std::array<char, kStackSize>, 2>>();
  Plan plan{.program = guarded.get(),
            .arguments = pointers(program.arguments),
            .environment = pointers(program.environment),
            .moves = {{nothing.get(), 0}, {nothing.get(), 1}, {nothing.get(), 2}},
            .stack = &stacks->at(1)};
  for (const auto& pass : program.descriptors) plan.moves.emplace_back(pass.from.get(), pass.as);

  // A handler of the caller's must not run in a child that shares its memory.
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &plan.signals);
  const pid_t child = ::clone(detach, stacks->at(0).data() + kStackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  const int clone_failure = child < 0 ? errno : 0;
  if (child > 0) os::retry_interrupted([&] { return ::waitpid(child, nullptr, 0); });
  ::pthread_sigmask(SIG_SETMASK, &plan.signals, nullptr);
  const int failure = clone_failure != 0 ? clone_failure : plan.failure;
  if (failure != 0) return Error::from_errno(failure, "execute", program.path);
  return {};
}

}  // namespace tare::supervise
