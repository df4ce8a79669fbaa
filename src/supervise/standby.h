// A supervisor that has been started and waits to be told its container. Starting a process costs about as much as
// planning a container, so who will need one begins early and lets the two go on side by side. protocol.h says what the
// two sides say; a supervisor that is never told anything ends when its Standby does.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::supervise {

class Standby {
 public:
  // Executes the program `supervisor` (a path), detached from the caller, on a thread of its own, and returns at once.
  // Should that fail, settle() tells. `containers`: where the container's data directory will be.
  static Standby begin(const std::string& supervisor, const std::string& containers);

  Standby(Standby&&) noexcept;
  Standby& operator=(Standby&&) noexcept;
  ~Standby();

  // Waits for the thread: from then on the process has one less.
  Result<void> settle();
  // Our end of the conversation, a SOCK_SEQPACKET. After settle().
  BorrowedFd socket() const;

 private:
  struct State;
  explicit Standby(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tare::supervise
