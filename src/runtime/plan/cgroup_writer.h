// What the planners of single controllers collect their writes in. Included by plan/*.cc only.
#pragma once

#include "runtime/plan/cgroup_writes.h"

namespace tare::runtime {

// Collects writes; remembers the first limit that this host cannot enforce.
class CgroupWriter {
 public:
  explicit CgroupWriter(const HostFacts& facts) : facts_(facts) {}

  bool is_v2(const std::string& controller) const {
    const auto* hierarchy = facts_.cgroups.find(controller);
    return hierarchy != nullptr ? hierarchy->version == os::CgroupVersion::kV2
                                : facts_.cgroups.version == os::CgroupVersion::kV2;
  }

  void write(const std::string& controller, const std::string& file, std::string content, const std::string& limit) {
    if (!controller.empty() && facts_.cgroups.find(controller) == nullptr) {
      missing(limit, formatted("this host has no {} cgroup controller", controller));
    }
    writes_.push_back({controller, file, std::move(content), limit});
  }
  // Of the write before: what is written when the kernel has no such file, or that it is then left out.
  void or_else(std::string file, std::string content) {
    writes_.back().other_file = std::move(file);
    writes_.back().other_content = std::move(content);
  }
  void only_if_there() { writes_.back().only_if_there = true; }

  void missing(const std::string& limit, const std::string& reason) {
    if (refusal_.empty()) refusal_ = formatted("{} cannot be enforced: {}", limit, reason);
  }

  Result<std::vector<CgroupWrite>> finish() && {
    if (!refusal_.empty()) return Failure(ErrorKind::kUnsupported, "{}", refusal_);
    return std::move(writes_);
  }

 private:
  const HostFacts& facts_;
  std::vector<CgroupWrite> writes_;
  std::string refusal_;
};

void plan_block_io(const oci::BlockIoLimits& block, bool v2, CgroupWriter& writer);

}  // namespace tare::runtime
