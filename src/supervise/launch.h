// One run of the container: the runtime's work behind the two calls that a supervisor makes of it.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/runtime.h"
#include "supervise/config.h"

namespace tare::supervise {

struct Launched {
  runtime::Container container;
  UniqueFd output;  // with a terminal: its master side, and the others are invalid
  UniqueFd error;
  UniqueFd input;          // invalid: the container reads /dev/null
  uint64_t oom_kills = 0;  // of the cgroup, before anything ran
};

// Joined instead of what config.json says of them.
struct Namespaces {
  std::optional<BorrowedFd> network;
  std::optional<BorrowedFd> user;
};

// Creates and starts the container as config.json says. A failure leaves nothing behind.
Result<Launched> launch(const Config& config, const Namespaces& namespaces);

struct Ended {
  int exit_code = 0;  // 128 + signal when killed
  int signal = 0;
  bool oom_killed = false;
};

// Reaps the container's first process, which has ended.
Ended reap(const Launched& launched);

}  // namespace tare::supervise
