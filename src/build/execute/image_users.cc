#include "build/execute/image_users.h"

#include <fcntl.h>

#include "os/file.h"

namespace tare::build {
namespace {

constexpr size_t kFileLimit = size_t{16} << 20;

Result<std::string> read_if_there(BorrowedFd root, const std::string& path) {
  const auto fd = os::open_in_root(root, path, O_RDONLY | O_NONBLOCK);
  if (!fd.ok()) return std::string();
  return os::read_fd(*fd, path, kFileLimit);
}

}  // namespace

Result<runtime::ResolvedUser> resolve_image_user(BorrowedFd root, const std::string& user) {
  const auto passwd = TRY(read_if_there(root, "/etc/passwd"));
  const auto group = TRY(read_if_there(root, "/etc/group"));
  return runtime::resolve_user(user, {}, passwd, group);
}

Result<Owner> resolve_owner(BorrowedFd root, const std::string& chown) {
  const auto user = TRY(resolve_image_user(root, chown).context(formatted("--chown={}", chown)));
  const bool number_alone = parse_unsigned(chown).has_value();
  return Owner{user.uid, number_alone ? user.uid : user.gid};
}

}  // namespace tare::build
