#include "runtime/seccomp/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/process.h"

namespace tare::runtime {
namespace {

constexpr size_t kDigits = 10;

}  // namespace

std::string prepare_listener_message(const SeccompAgent& agent) {
  return formatted("{}{:0{}}\n{}\n{}\n{}", message::kListener, 0, kDigits, agent.pid, agent.path, agent.state);
}

Result<void> report_listener(BorrowedFd sync, std::string& prepared, BorrowedFd listener) {
  int number = listener.get();
  for (size_t place = kDigits; place > 0; --place, number /= 10) prepared[place] = static_cast<char>('0' + number % 10);
  char reply = 0;
  const bool told = ::write(sync.get(), prepared.data(), prepared.size()) == static_cast<ssize_t>(prepared.size());
  if (told && os::retry_interrupted([&] { return ::read(sync.get(), &reply, 1); }) == 1) return {};
  return Failure(ErrorKind::kCancelled, "linux.seccomp: the listener could not be handed to its agent");
}

Result<void> hand_over_listener(std::string_view text) {
  const auto number = cut(text, '\n');
  const auto pid = number ? cut(number->second, '\n') : std::nullopt;
  const auto path = pid ? cut(pid->second, '\n') : std::nullopt;
  const auto descriptor = number ? parse_unsigned(number->first) : std::nullopt;
  const auto process = pid ? parse_unsigned(pid->first) : std::nullopt;
  if (!path || !descriptor || !process) return Failure(ErrorKind::kInternal, "linux.seccomp: a damaged message");
  const std::string socket_path(path->first);
  const UniqueFd pidfd = TRY(os::open_pidfd(static_cast<pid_t>(*process)));
  const UniqueFd listener = TRY(os::take_descriptor(pidfd, static_cast<int>(*descriptor)));
  const UniqueFd socket =
      TRY(os::connect_unix(socket_path, SOCK_STREAM).context(formatted("linux.seccomp.listenerPath {}", socket_path)));
  return os::send_message(socket, path->second, BorrowedFd(listener))
      .context(formatted("linux.seccomp.listenerPath {}", socket_path));
}

}  // namespace tare::runtime
