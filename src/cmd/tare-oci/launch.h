// What create and run share: from a bundle to a container that waits, recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "container_record.h"
#include "flags.h"
#include "runtime/runtime.h"

namespace tare::cmd {

enum class Attachment { kForeground, kDetached };

struct Launch {
  std::string id;
  std::string bundle;
  std::string pid_file;
  std::string console_socket;
  std::string pidfd_socket;
  Attachment attachment = Attachment::kForeground;
  unsigned listeners = 0;  // of LISTEN_FDS: 3 … in our process and in the container's
  unsigned preserved = 0;  // --preserve-fds: those after them
  bool pivot = true;
  bool new_keyring = true;
  bool systemd_cgroup = false;
};

std::vector<FlagDefinition> launch_flags();
Result<Launch> parse_launch(const Flags& flags, Attachment attachment);
Result<oci::RuntimeSpec> read_bundle(const std::string& bundle);

enum class StartBy { kSocket, kCaller };
// A failure leaves nothing behind.
Result<runtime::Container> launch(const Launch& launch, const oci::RuntimeSpec& spec, const Records& records,
                                  StartBy start);
// What is remembered of it, and the pid file. `scope` has no name where systemd does not manage its cgroup.
Result<void> record_container(const runtime::Container& container, const Launch& launch, const oci::RuntimeSpec& spec,
                              const ScopeUnit& scope, const Records& records);
// Kills and forgets what could not be recorded.
void reap(const runtime::Container& container);
// Poststop hooks, the cgroup, the record.
Result<void> discard(const ContainerRecord& record, const Records& records);

// --console-socket takes a terminal that nobody here attends, and such a terminal needs it.
Result<void> check_console(bool terminal, Attachment attachment, const std::string& console_socket);
// Descriptors 3 … 3 + count - 1, which have to be open; the first `listeners` of them are known to be.
Result<std::vector<BorrowedFd>> preserved_descriptors(unsigned listeners, unsigned count);
Result<unsigned> parse_preserved(const Flags& flags);
// Sends the terminal's master side to who listens there.
Result<void> hand_over_console(const UniqueFd& console, const std::string& socket_path);
// `name` is what runc sends with it: "standard" for a container's first process, "setns" for one of exec.
Result<void> hand_over_pidfd(const UniqueFd& pidfd, const std::string& socket_path, const std::string& name);
Result<void> write_pid_file(const std::string& path, pid_t pid);

}  // namespace tare::cmd
