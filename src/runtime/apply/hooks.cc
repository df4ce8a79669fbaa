#include "runtime/apply/hooks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

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

Result<void> run_hook(const oci::Hook& hook, const std::string& state) {
  // Memory files in place of pipes: a hook that reads nothing or writes much blocks nobody.
  const auto input = TRY(memory_file(state));
  const auto output = TRY(memory_file(""));
  os::SpawnOptions options;
  options.arguments = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
  options.program = hook.path;
  options.environment = hook.env;
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
  return Failure(ErrorKind::kInternal, "it failed with exit code {}{}", status.shell_code(), last_words(output));
}

}  // namespace

Result<void> run_hook_list(const std::vector<oci::Hook>& hooks, const std::string& name, const std::string& state) {
  for (const auto& hook : hooks) TRY(run_hook(hook, state).context(formatted("{} hook {}", name, hook.path)));
  return {};
}

}  // namespace tare::runtime
