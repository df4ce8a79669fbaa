// The calling thread visits another network namespace and comes back when the scope ends.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace tare::network {

class NamespaceVisit {
 public:
  static Result<NamespaceVisit> enter(BorrowedFd network_namespace);
  // Into a new one, unshare(CLONE_NEWNET).
  static Result<NamespaceVisit> enter_new();
  NamespaceVisit(NamespaceVisit&&) = default;
  NamespaceVisit& operator=(NamespaceVisit&&) = delete;
  ~NamespaceVisit();  // aborts when there is no way back: all that follows would happen in the wrong network

 private:
  explicit NamespaceVisit(UniqueFd home) : home_(std::move(home)) {}
  UniqueFd home_;
};

// The calling thread's network namespace.
Result<UniqueFd> open_own_namespace();

}  // namespace tare::network
