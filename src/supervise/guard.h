// The death of a supervisor is the death of its container. The library's containers see to that themselves (PDEATHSIG);
// for those of another runtime a child stands guard, which the kernel tells when the supervisor is gone.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "os/process.h"

namespace tare::supervise {

class Guard {
 public:
  // When this process ends without having destroyed the guard, everything in the cgroup is killed, and `command` is
  // executed. The caller must have one thread.
  static Result<Guard> stand(const std::string& cgroup_path, const std::vector<std::string>& command);
  Guard(Guard&&) noexcept = default;
  Guard& operator=(Guard&&) noexcept = default;
  ~Guard();

 private:
  Guard(os::Child child, UniqueFd alive) : child_(std::move(child)), alive_(std::move(alive)) {}
  os::Child child_;
  UniqueFd alive_;  // closed by the kernel when we die
};

}  // namespace tare::supervise
