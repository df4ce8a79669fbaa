// Waiting for a control group to run out of memory: a descriptor that becomes readable when it did, or is gone.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "os/cgroup.h"

namespace tare::os {

class OomWatch {
 public:
  // kUnsupported without a memory controller.
  static Result<OomWatch> open(const Cgroup& cgroup);
  BorrowedFd fd() const { return fd_; }

  enum class News { kNothing, kOom, kGone };
  // What has happened since the last call. Call it when fd() is readable; never blocks.
  News read();

 private:
  OomWatch(CgroupVersion version, std::string directory) : version_(version), directory_(std::move(directory)) {}
  static Result<OomWatch> open_v1(OomWatch watch);
  static Result<OomWatch> open_v2(OomWatch watch);
  News read_v2();
  uint64_t kills() const;

  CgroupVersion version_;
  std::string directory_;
  UniqueFd fd_;  // v1: an eventfd that the kernel counts up; v2: inotify on the group's event files
  uint64_t kills_ = 0;
};

}  // namespace tare::os
