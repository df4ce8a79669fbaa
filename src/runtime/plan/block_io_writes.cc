// Block I/O: weights and rates, for the controllers blkio (v1) and io (v2).
#include <algorithm>

#include "runtime/plan/cgroup_writer.h"

namespace tare::runtime {
namespace {

std::string number_of(const oci::ThrottleDevice& device) { return formatted("{}:{}", device.major, device.minor); }

struct Throttle {
  const std::vector<oci::ThrottleDevice>& devices;
  const char* v1_file;
  const char* v2_key;
  const char* limit;
};

void plan_throttle(const Throttle& throttle, bool v2, CgroupWriter& writer) {
  for (const auto& device : throttle.devices) {
    if (v2) {
      writer.write("io", "io.max", formatted("{} {}={}", number_of(device), throttle.v2_key, device.rate),
                   throttle.limit);
    } else {
      writer.write("blkio", throttle.v1_file, formatted("{} {}", number_of(device), device.rate), throttle.limit);
    }
  }
}

void plan_default_weight(uint16_t weight, bool v2, CgroupWriter& writer) {
  const std::string own = std::to_string(weight);
  // The bfq scheduler has files of its own, with the range of old; whether they are there depends on the kernel.
  writer.write(v2 ? "io" : "blkio", v2 ? "io.bfq.weight" : "blkio.bfq.weight", own, "blockIO.weight");
  if (v2) return writer.or_else("io.weight", formatted("default {}", io_weight_of_blkio(weight)));
  writer.or_else("blkio.weight", own);
}

void plan_device_weight(const oci::WeightDevice& device, bool v2, CgroupWriter& writer) {
  const std::string own = formatted("{}:{} {}", device.major, device.minor, *device.weight);
  writer.write(v2 ? "io" : "blkio", v2 ? "io.bfq.weight" : "blkio.bfq.weight_device", own, "blockIO.weightDevice");
  if (!v2) return writer.or_else("blkio.weight_device", own);
  writer.or_else("io.weight", formatted("{}:{} {}", device.major, device.minor, io_weight_of_blkio(*device.weight)));
}

void plan_block_weights(const oci::BlockIoLimits& block, bool v2, CgroupWriter& writer) {
  if (block.weight.value_or(0) != 0) plan_default_weight(*block.weight, v2, writer);
  for (const auto& device : block.weight_device) {
    if (device.weight.value_or(0) != 0) plan_device_weight(device, v2, writer);
  }
  const bool has_leaf = block.leaf_weight.value_or(0) != 0 ||
                        std::any_of(block.weight_device.begin(), block.weight_device.end(),
                                    [](const auto& device) { return device.leaf_weight.value_or(0) != 0; });
  if (has_leaf) writer.missing("blockIO.leafWeight", "kernels since 5.0 have nothing like it");
}

}  // namespace

void plan_block_io(const oci::BlockIoLimits& block, bool v2, CgroupWriter& writer) {
  plan_block_weights(block, v2, writer);
  plan_throttle({block.read_bps, "blkio.throttle.read_bps_device", "rbps", "blockIO.throttleReadBpsDevice"}, v2,
                writer);
  plan_throttle({block.write_bps, "blkio.throttle.write_bps_device", "wbps", "blockIO.throttleWriteBpsDevice"}, v2,
                writer);
  plan_throttle({block.read_iops, "blkio.throttle.read_iops_device", "riops", "blockIO.throttleReadIOPSDevice"}, v2,
                writer);
  plan_throttle({block.write_iops, "blkio.throttle.write_iops_device", "wiops", "blockIO.throttleWriteIOPSDevice"}, v2,
                writer);
}

uint64_t io_weight_of_blkio(uint64_t weight) {
  const uint64_t bounded = std::clamp<uint64_t>(weight, 10, 1000);
  return 1 + ((bounded - 10) * 9999) / 990;
}

}  // namespace tare::runtime
