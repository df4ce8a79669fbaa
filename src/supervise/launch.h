// One run of the container: the runtime's work behind the two calls that a supervisor makes of it.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/runtime.h"
#include "supervise/config.h"
#include "supervise/guard.h"
#include "supervise/runtime_program.h"

namespace tare::supervise {

struct Launched {
  runtime::Container container;
  UniqueFd output;  // with a terminal: its master side, and the others are invalid
  UniqueFd error;
  UniqueFd input;          // invalid: the container reads /dev/null
  uint64_t oom_kills = 0;  // of the cgroup, before anything ran
  uint64_t started = 0;    // microseconds since the machine started, as the kernel's log counts
  // Another runtime's container is asked of that program; nothing: it is the library's.
  std::optional<RuntimeProgram> program;
  std::optional<Guard> guard;
  // For the hooks after the start and after the end, which the library leaves to its caller; nothing: there are none.
  std::optional<oci::RuntimeSpec> hooked;
  std::string bundle;
};

// Joined instead of what config.json says of them.
struct Namespaces {
  std::optional<BorrowedFd> network;
  std::optional<BorrowedFd> user;
};

// Creates and starts the container as config.json says. A failure leaves nothing behind.
Result<Launched> launch(const Config& config, const Namespaces& namespaces);

// The verbs on what was launched.
Result<void> signal(const Launched& launched, int number);
Result<void> freeze(const Launched& launched);
Result<void> thaw(const Launched& launched);
Result<void> set_limits(const Launched& launched, const oci::Resources& limits);
// Its first process has been reaped: kills what is left of it and gives everything back.
Result<void> remove(Launched& launched);

struct Ended {
  int exit_code = 0;  // 128 + signal when killed
  int signal = 0;
  bool oom_killed = false;  // it ended by that
  uint64_t oom_kills = 0;   // processes of it that the kernel killed for lack of memory, whether it survived or not
  std::string oom;          // what is known of the last one
};

// Reaps the container's first process, which has ended.
Ended reap(const Launched& launched, bool killed_by_user);

}  // namespace tare::supervise
