#include "runtime/init/console.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/pty.h"

namespace tare::runtime {
namespace {

// By descriptor and without following or opening what is there: /dev may be the image's or a volume that another
// container changes meanwhile (CVE-2025-52565).
Result<UniqueFd> open_console_file() {
  const UniqueFd root = TRY(os::open("/", O_PATH | O_DIRECTORY));
  (void)os::open_in_root(root, "/dev/console", O_CREAT | O_EXCL | O_WRONLY, 0600).ok();  // it may be there
  UniqueFd file = TRY(os::open_in_root(root, "/dev/console", O_PATH | O_NOFOLLOW));
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && !S_ISLNK(status.st_mode)) return file;
  return Failure(ErrorKind::kPermissionDenied, "/dev/console is a symbolic link: nothing is mounted on it");
}

Result<void> bind_console_file(BorrowedFd slave) {
  const UniqueFd target = TRY(open_console_file());
  const UniqueFd tree = TRY(os::clone_tree(slave, os::TreeDepth::kTop, "terminal"));
  return os::attach_tree(tree, target, "/dev/console");
}

}  // namespace

Result<Console> open_console(const oci::Process& process, ConsoleFile file) {
  os::Pty pty = TRY(os::open_pty("/dev/pts/ptmx").context("process.terminal"));
  if (const auto& size = process.console_size) {
    TRY(os::set_window_size(pty.master, static_cast<unsigned short>(size->height),
                            static_cast<unsigned short>(size->width)));
  }
  if (::fchown(pty.slave.get(), process.user.uid, static_cast<gid_t>(-1)) != 0 && errno != EINVAL) {
    return os::last_error("change owner of", "terminal");
  }
  if (file == ConsoleFile::kBind) TRY(bind_console_file(pty.slave));
  TRY(os::take_terminal(pty.slave));
  return Console{std::move(pty.master), std::move(pty.slave)};
}

}  // namespace tare::runtime
