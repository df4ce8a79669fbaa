// Handing a filter's listener to the agent at listenerPath (SCMP_ACT_NOTIFY). The process that loads the filter cannot
// send it: sending may be what the agent is asked about. It tells its parent the descriptor's number with one write(2),
// and the parent takes a copy of the descriptor and sends it on.
//
//   process                                  parent
//   load the filter
//   kListener, number, pid, path, state ──▶  pidfd_getfd, connect, send
//   read(2)                             ◀──  kContinue
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::runtime {

namespace message {
constexpr char kListener = 'L';
}

struct SeccompAgent {
  pid_t pid = 0;      // ours, as the parent knows us
  std::string path;   // its socket
  std::string state;  // the container process state as JSON
};

// The message but for the number of the listener: nothing may be allocated once the filter is loaded.
std::string prepare_listener_message(const SeccompAgent& agent);
// Returns when the agent has the listener.
Result<void> report_listener(BorrowedFd sync, std::string& prepared, BorrowedFd listener);

// The parent's side: `text` is the message after its first byte.
Result<void> hand_over_listener(std::string_view text);

}  // namespace tare::runtime
