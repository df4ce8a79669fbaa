// Tells a supervisor its container: what it inherits, and what it answers.
#include <sys/socket.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "supervise/client.h"
#include "supervise/protocol.h"

namespace tare::supervise {
namespace {

// Our end of the stream, when there is one.
Result<std::optional<Attachment>> send_attachment(BorrowedFd socket, bool attach) {
  if (!attach) return std::optional<Attachment>();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return os::last_error("make", "socket pair");
  Attachment ours{UniqueFd(ends[0])};
  const UniqueFd theirs(ends[1]);
  TRY(os::send_message(socket, kAttachMessage, theirs));
  return std::optional(std::move(ours));
}

Result<void> send_inheritance(BorrowedFd socket, const Inheritance& inheritance) {
  if (inheritance.network_namespace) TRY(os::send_message(socket, kNetworkMessage, *inheritance.network_namespace));
  if (inheritance.user_namespace) TRY(os::send_message(socket, kUserMessage, *inheritance.user_namespace));
  for (const auto& port : inheritance.reserved_ports) TRY(os::send_message(socket, kPortMessage, port));
  return {};
}

}  // namespace

Result<StartedSupervisor> start(Standby supervisor, const Config& config, const Inheritance& inheritance, bool attach) {
  TRY(os::make_directories(config.run_directory, 0700));
  TRY(os::put_file(config.data_directory + "/supervisor.json", config.to_json(), 0600));
  TRY(supervisor.settle());
  const BorrowedFd socket = supervisor.socket();
  StartedSupervisor started{.attachment = TRY(send_attachment(socket, attach))};
  TRY(send_inheritance(socket, inheritance));
  TRY(os::send_message(socket, formatted("{} {}", kStartMessage, config.data_directory)));
  const auto answer = TRY(os::receive_message(socket, kLongestAnswer));
  const auto pid = TRY(parse_answer(answer.bytes));
  started.container_pid = static_cast<pid_t>(parse_unsigned(pid).value_or(0));
  return started;
}

}  // namespace tare::supervise
