// Waiting for one socket, for both transports.
#pragma once

#include <poll.h>

#include <chrono>

#include "base/fd.h"
#include "base/result.h"
#include "os/error.h"

namespace tare::http {

// Until `events` (POLLIN, POLLOUT) are there; kTimeout when the peer stalls for longer than `patience`.
inline Result<void> await_socket(BorrowedFd socket, short events, std::chrono::milliseconds patience) {
  pollfd entry{socket.get(), events, 0};
  const int ready = os::retry_interrupted([&] { return ::poll(&entry, 1, static_cast<int>(patience.count())); });
  if (ready < 0) return os::last_error("poll", "connection");
  if (ready == 0) return Failure(ErrorKind::kTimeout, "the client stalled for {} ms", patience.count());
  return {};
}

}  // namespace tare::http
