// tare-supervisor DATA/containers/ID [--attach] [--network] [--user]: started by supervise::start(), which says in
// protocol.h what the inherited descriptors are. It speaks to nobody but its descriptors and sockets.
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <vector>

#include "base/log.h"
#include "os/file.h"
#include "os/transfer.h"
#include "supervise/supervisor.h"
#include "supervise/wait_for_lock.h"

namespace tare::supervise {
namespace {

bool has(const std::vector<std::string>& arguments, std::string_view argument) {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}

Inherited take_inheritance(const std::vector<std::string>& arguments) {
  // Not one of them may reach the container.
  ::close_range(kReadyDescriptor, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  Inherited inherited{.ready = UniqueFd(kReadyDescriptor)};
  if (has(arguments, kAttachArgument)) inherited.attached = UniqueFd(kAttachDescriptor);
  if (has(arguments, kNetworkArgument)) inherited.network_namespace = UniqueFd(kNetworkDescriptor);
  if (has(arguments, kUserArgument)) inherited.user_namespace = UniqueFd(kUserDescriptor);
  return inherited;
}

// A write that fails is told by its result. Handlers, not SIG_IGN, which the container would inherit.
void survive_failing_writes() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGPIPE, &nothing, nullptr);
  ::sigaction(SIGXFSZ, &nothing, nullptr);
}

Result<Config> read_config(const std::string& data_directory) {
  const std::string path = data_directory + "/supervisor.json";
  const auto json = TRY(os::read_file(path));
  return Config::parse(json).context(path);
}

void execute(const std::vector<std::string>& command) {
  if (command.empty()) return;
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
}

// Supervises the container to its end; returns what is to be executed then.
Result<std::vector<std::string>> supervise(const std::string& data_directory, Inherited& inherited) {
  auto config = TRY(read_config(data_directory));
  auto lock = TRY(wait_for_lock(config.run_directory));
  auto loop = TRY(EventLoop::create());
  auto cleanup_command = std::move(config.cleanup_command);
  Supervisor supervisor(std::move(config), std::move(inherited), std::move(lock), loop);
  if (!supervisor.start()) return std::vector<std::string>();
  supervisor.run();
  return cleanup_command;
}

int run(int count, char** words) {
  const std::vector<std::string> arguments(words, words + count);
  if (count < 2 || ::fcntl(kReadyDescriptor, F_GETFD) < 0) {
    log_message(LogLevel::kError, "tare-supervisor is started by tare, not by hand");
    return 125;
  }
  survive_failing_writes();
  auto inherited = take_inheritance(arguments);
  const auto cleanup_command = supervise(arguments[1], inherited);
  if (!cleanup_command) {
    (void)os::write_some(inherited.ready, format_failure(cleanup_command.error()));
    return 125;
  }
  execute(*cleanup_command);
  return 0;
}

}  // namespace
}  // namespace tare::supervise

int main(int count, char** words) {
  // We are executed by descriptor, of which older kernels make the name "3".
  ::prctl(PR_SET_NAME, "tare-supervisor");
  return tare::supervise::run(count, words);
}
