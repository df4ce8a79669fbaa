#include "runtime/apply/hooks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "os/error.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::runtime {
namespace {

Result<UniqueFd> memory_file(const std::string& content) {
  UniqueFd file(::memfd_create("hook", MFD_CLOEXEC));
  if (!file.valid()) return os::last_error("memfd_create", "hook");
  TRY(os::write_all(file, content, "hook state"));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// The last line of what a hook said on standard error, for the message.
std::string last_words(BorrowedFd output) {
  ::lseek(output.get(), 0, SEEK_SET);
  auto text = os::read_fd(output, "hook output");
  if (!text.ok() || trim(*text).empty()) return "";
  return formatted(": {}", split(trim(*text), '\n').back());
}

Result<void> run_hook(const oci::Hook& hook, const HookPlace& place, const std::string& state) {
  // Memory files in place of pipes: a hook that reads nothing or writes much blocks nobody.
  const auto input = TRY(memory_file(state));
  const auto output = TRY(memory_file(""));
  os::SpawnOptions options;
  options.arguments = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
  options.program = hook.path;
  // As runc: without one of its own a hook has the environment of the place, or ours.
  if (!hook.env.empty()) {
    options.environment = hook.env;
  } else if (!place.environment.empty()) {
    options.environment = place.environment;
  }
  options.working_directory = place.directory;
  options.descriptors = {{input, 0}, {output, 1}, {output, 2}};
  const os::Child child = TRY(os::spawn(options));
  const int timeout = hook.timeout ? *hook.timeout * 1000 : -1;
  if (!TRY(os::wait_ended(child.pidfd, timeout))) {
    (void)os::signal_pidfd(child.pidfd, SIGKILL).ok();
    (void)os::wait(child).ok();
    return Failure(ErrorKind::kTimeout, "it did not end within {} s", *hook.timeout);
  }
  const os::ExitStatus status = TRY(os::wait(child));
  if (status.shell_code() == 0) return {};
  if (status.signal != 0) {
    return Failure(ErrorKind::kInternal, "it was ended by a signal: {}{}", to_lower(::strsignal(status.signal)),
                   last_words(output));
  }
  return Failure(ErrorKind::kInternal, "it failed with exit code {}{}", status.shell_code(), last_words(output));
}

}  // namespace

Result<void> run_hook_list(const std::vector<oci::Hook>& hooks, const HookPlace& place, const std::string& state) {
  for (size_t index = 0; index < hooks.size(); ++index) {
    const auto& hook = hooks[index];
    TRY(run_hook(hook, place, state).context(formatted("error running {} hook #{}: {}", place.name, index, hook.path)));
  }
  return {};
}

Result<void> run_every_hook(const std::vector<oci::Hook>& hooks, const HookPlace& place, const std::string& state) {
  Result<void> result;
  for (const auto& hook : hooks) {
    auto done = run_hook(hook, place, state).context(formatted("error running {} hook: {}", place.name, hook.path));
    if (done.ok()) continue;
    result = result.ok() ? std::move(done) : Result<void>(std::move(result).error().also(done.error()));
  }
  return result;
}

}  // namespace tare::runtime
