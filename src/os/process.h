// Child processes: started, waited for and signalled by pidfd, so that a recycled pid is never mistaken.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// How a process ended. A shell's exit code is 128 + signal for a killed one.
struct ExitStatus {
  int code = 0;    // meaningful when signal is 0
  int signal = 0;  // 0: it exited by itself
  int shell_code() const { return signal == 0 ? code : 128 + signal; }
};

struct SpawnOptions {
  std::vector<std::string> arguments;  // [0] is the program: a path, or a name that is looked up in PATH
  std::string program;                 // the program when it is not arguments[0]
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; nothing: the caller's own
  std::string working_directory;                        // empty: the caller's own
  // Descriptors that the child gets, by the number that it sees. 0, 1 and 2 that are not named are inherited;
  // every other descriptor is closed (all of ours are close-on-exec).
  struct Pass {
    BorrowedFd from;
    int as;
  };
  std::vector<Pass> descriptors;
  bool new_session = false;    // setsid(2): the child outlives our terminal
  bool take_terminal = false;  // with new_session: its standard input becomes its controlling terminal
};

struct Child {
  pid_t pid = -1;
  UniqueFd pidfd;  // readable when the child has ended
};

// Every signal as a new process expects it: none ignored, none blocked. Also those that libc keeps for itself (32, 33)
// and refuses to sigaction(2): a caller that ignored them would pass that on through exec. For a child that is about to
// exec.
void reset_signals();
// posix_spawn-like: fork, set up, exec. An exec that fails (no such program, …) is this call's error.
Result<Child> spawn(const SpawnOptions& options);
Result<ExitStatus> wait(const Child& child);  // blocks, and reaps
Result<UniqueFd> open_pidfd(pid_t pid);       // kNotFound when there is no such process
Result<void> signal_pidfd(BorrowedFd pidfd, int signal);
// Waits until the process has ended (without reaping) or the time is over; false: still running.
Result<bool> wait_ended(BorrowedFd pidfd, int timeout_milliseconds);

}  // namespace tare::os
