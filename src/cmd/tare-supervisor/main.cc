// tare-supervisor, started by supervise::Standby: waits to be told its container (protocol.h), then lives as long as
// the container does. It speaks to nobody but its descriptors and sockets.
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <vector>

#include "base/log.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "supervise/protocol.h"
#include "supervise/supervisor.h"
#include "supervise/wait_for_lock.h"

namespace tare::supervise {
namespace {

void keep(os::Message message, Inherited& inherited) {
  if (message.bytes == kAttachMessage) inherited.attached = std::move(message.descriptor);
  if (message.bytes == kNetworkMessage) inherited.network_namespace = std::move(message.descriptor);
  if (message.bytes == kUserMessage) inherited.user_namespace = std::move(message.descriptor);
  if (message.bytes == kPortMessage) inherited.reserved_ports.push_back(std::move(message.descriptor));
}

// Where the container's data are; empty when there will be none.
Result<std::string> await_container(Inherited& inherited) {
  while (true) {
    auto message = TRY(os::receive_message(inherited.asker, PATH_MAX));
    if (message.bytes.empty()) return std::string();
    const auto parts = cut(message.bytes, ' ');
    if (parts && parts->first == kStartMessage) return std::string(parts->second);
    keep(std::move(message), inherited);
  }
}

// So that ps(1) tells supervisors apart.
void show_container(char* argument, const std::string& data_directory) {
  if (std::strlen(argument) == data_directory.size())
    std::memcpy(argument, data_directory.data(), data_directory.size());
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
  int type = 0;
  socklen_t size = sizeof type;
  if (count != 2 || ::getsockopt(kStartDescriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    log_message(LogLevel::kError, "tare-supervisor is started by tare, not by hand");
    return 125;
  }
  survive_failing_writes();
  ::close_range(kStartDescriptor, UINT_MAX, CLOSE_RANGE_CLOEXEC);  // not one may reach the container
  Inherited inherited{.asker = UniqueFd(kStartDescriptor)};
  const auto data_directory = await_container(inherited);
  if (!data_directory || data_directory->empty()) return 0;
  show_container(words[1], *data_directory);
  const auto cleanup_command = supervise(*data_directory, inherited);
  if (!cleanup_command) {
    (void)os::send_message(inherited.asker, format_failure(cleanup_command.error())).ok();
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
