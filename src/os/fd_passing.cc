#include "os/fd_passing.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {
namespace {

// sun_path holds 108 bytes; a path through /proc/self/fd is always shorter.
struct Address {
  UniqueFd directory;
  sockaddr_un socket{};
};

Result<Address> address_of(const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string parent = whole.has_parent_path() ? whole.parent_path().string() : ".";
  Address address;
  address.directory = TRY(open(parent, O_PATH | O_DIRECTORY));
  const std::string near = formatted("/proc/self/fd/{}/{}", address.directory.get(), whole.filename().string());
  if (near.size() >= sizeof address.socket.sun_path) {
    return Failure(ErrorKind::kInvalidArgument, "socket name {} is too long", path);
  }
  address.socket.sun_family = AF_UNIX;
  std::strcpy(address.socket.sun_path, near.c_str());
  return address;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> packet_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return last_error("make", "socket pair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<void> send_message(BorrowedFd socket, std::string_view bytes, std::optional<BorrowedFd> descriptor) {
  iovec content{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  if (descriptor) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = descriptor->get();
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  if (retry_interrupted([&] { return ::sendmsg(socket.get(), &header, MSG_NOSIGNAL); }) < 0) {
    return last_error("send on", "unix socket");
  }
  return {};
}

Result<Message> receive_message(BorrowedFd socket, size_t limit) {
  Message message;
  message.bytes.resize(limit);
  iovec content{message.bytes.data(), message.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const auto count = retry_interrupted([&] { return ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC); });
  // A peer that died with unread data resets the connection: it has closed its end, no more.
  if (count < 0 && errno != ECONNRESET) return last_error("receive from", "unix socket");
  message.bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(sizeof(int))) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    message.descriptor.reset(fd);
  }
  return message;
}

Result<UniqueFd> take_descriptor(BorrowedFd pidfd, int number) {
  UniqueFd copy(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), number, 0)));
  if (!copy.valid()) return last_error("take descriptor", std::to_string(number));
  return copy;
}

Result<UniqueFd> connect_unix(const std::string& path, int type) {
  const Address address = TRY(address_of(path));
  UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return last_error("make socket for", path);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.socket), sizeof address.socket) != 0) {
    return last_error("connect to", path);
  }
  return socket;
}

Result<UniqueFd> listen_unix(const std::string& path, int type, mode_t mode) {
  const Address address = TRY(address_of(path));
  UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return last_error("make socket for", path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.socket), sizeof address.socket) != 0) {
    return last_error("bind", path);
  }
  if (::chmod(path.c_str(), mode) != 0) return last_error("change mode of", path);
  if (::listen(socket.get(), 16) != 0) return last_error("listen on", path);
  return socket;
}

Result<UniqueFd> accept_unix(BorrowedFd socket) {
  UniqueFd connection(retry_interrupted([&] { return ::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC); }));
  if (!connection.valid()) return last_error("accept on", "unix socket");
  return connection;
}

}  // namespace tare::os
