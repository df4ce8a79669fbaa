// Messages with descriptors over unix sockets (SCM_RIGHTS). SOCK_SEQPACKET keeps the messages apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

Result<std::pair<UniqueFd, UniqueFd>> packet_socket_pair();

struct Message {
  std::string bytes;  // empty: the peer has closed its end
  UniqueFd descriptor;
};

// Never raises SIGPIPE. `descriptor` travels with the message.
Result<void> send_message(BorrowedFd socket, std::string_view bytes, std::optional<BorrowedFd> descriptor = {});
// Blocks, if the socket does. Longer messages than `limit` are cut.
Result<Message> receive_message(BorrowedFd socket, size_t limit = 64 << 10);

// A copy of a descriptor of another process, by its number there (pidfd_getfd(2), Linux 5.6); takes the right to trace
// it.
Result<UniqueFd> take_descriptor(BorrowedFd pidfd, int number);

// A unix socket of any path length: the address is resolved through an open directory. `type` is SOCK_…
Result<UniqueFd> connect_unix(const std::string& path, int type);
Result<UniqueFd> listen_unix(const std::string& path, int type, mode_t mode);
Result<UniqueFd> accept_unix(BorrowedFd socket);

}  // namespace tare::os
