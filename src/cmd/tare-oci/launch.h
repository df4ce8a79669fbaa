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

struct Launch {
  std::string id;
  std::string bundle;
  std::string pid_file;
  std::string console_socket;
  unsigned preserved = 0;  // --preserve-fds: 3 … 3+N-1
  bool new_keyring = true;
};

std::vector<FlagDefinition> launch_flags();
Result<Launch> parse_launch(const Flags& flags);
Result<oci::RuntimeSpec> read_bundle(const std::string& bundle);

enum class StartBy { kSocket, kCaller };
// A failure leaves nothing behind.
Result<runtime::Container> launch(const Launch& launch, const oci::RuntimeSpec& spec, const Records& records,
                                  StartBy start);
// Poststop hooks, the cgroup, the record.
Result<void> discard(const ContainerRecord& record, const Records& records);

std::vector<BorrowedFd> preserved_descriptors(unsigned count);
// Sends the terminal's master side to who listens there.
Result<void> hand_over_console(const UniqueFd& console, const std::string& socket_path);
Result<void> write_pid_file(const std::string& path, pid_t pid);

}  // namespace tare::cmd
