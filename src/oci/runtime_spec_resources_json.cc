// Reading "linux.resources" of config.json.
#include "oci/runtime_spec_decode_json.h"

namespace tare::oci {

Result<void> decode(const JsonReader& json, DeviceRule& rule) {
  TRY(take(json, "allow", rule.allow));
  TRY(take(json, "type", rule.type));
  TRY(take(json, "major", rule.major));
  TRY(take(json, "minor", rule.minor));
  return take(json, "access", rule.access);
}

Result<void> decode(const JsonReader& json, MemoryLimits& memory) {
  TRY(take(json, "limit", memory.limit));
  TRY(take(json, "reservation", memory.reservation));
  TRY(take(json, "swap", memory.swap));
  TRY(take(json, "kernel", memory.kernel));
  TRY(take(json, "kernelTCP", memory.kernel_tcp));
  TRY(take(json, "swappiness", memory.swappiness));
  TRY(take(json, "disableOOMKiller", memory.disable_oom_killer));
  TRY(take(json, "useHierarchy", memory.use_hierarchy));
  return take(json, "checkBeforeUpdate", memory.check_before_update);
}

Result<void> decode(const JsonReader& json, CpuLimits& cpu) {
  TRY(take(json, "shares", cpu.shares));
  TRY(take(json, "quota", cpu.quota));
  TRY(take(json, "burst", cpu.burst));
  TRY(take(json, "period", cpu.period));
  TRY(take(json, "realtimeRuntime", cpu.realtime_runtime));
  TRY(take(json, "realtimePeriod", cpu.realtime_period));
  TRY(take(json, "cpus", cpu.cpus));
  TRY(take(json, "mems", cpu.mems));
  return take(json, "idle", cpu.idle);
}

Result<void> decode(const JsonReader& json, WeightDevice& device) {
  TRY(take_required(json, "major", device.major));
  TRY(take_required(json, "minor", device.minor));
  TRY(take(json, "weight", device.weight));
  return take(json, "leafWeight", device.leaf_weight);
}

Result<void> decode(const JsonReader& json, ThrottleDevice& device) {
  TRY(take_required(json, "major", device.major));
  TRY(take_required(json, "minor", device.minor));
  return take_required(json, "rate", device.rate);
}

Result<void> decode(const JsonReader& json, BlockIoLimits& block_io) {
  TRY(take(json, "weight", block_io.weight));
  TRY(take(json, "leafWeight", block_io.leaf_weight));
  TRY(take(json, "weightDevice", block_io.weight_device));
  TRY(take(json, "throttleReadBpsDevice", block_io.read_bps));
  TRY(take(json, "throttleWriteBpsDevice", block_io.write_bps));
  TRY(take(json, "throttleReadIOPSDevice", block_io.read_iops));
  return take(json, "throttleWriteIOPSDevice", block_io.write_iops);
}

Result<void> decode(const JsonReader& json, HugepageLimit& limit) {
  TRY(take_required(json, "pageSize", limit.page_size));
  return take_required(json, "limit", limit.limit);
}

Result<void> decode(const JsonReader& json, NetworkPriority& priority) {
  TRY(take_required(json, "name", priority.name));
  return take_required(json, "priority", priority.priority);
}

Result<void> decode(const JsonReader& json, NetworkClass& network) {
  TRY(take(json, "classID", network.class_id));
  return take(json, "priorities", network.priorities);
}

Result<void> decode(const JsonReader& json, RdmaLimit& limit) {
  TRY(take(json, "hcaHandles", limit.hca_handles));
  return take(json, "hcaObjects", limit.hca_objects);
}

Result<void> decode(const JsonReader& json, Resources& resources) {
  TRY(take(json, "devices", resources.devices));
  TRY(take(json, "memory", resources.memory));
  TRY(take(json, "cpu", resources.cpu));
  const auto pids = TRY(json.find("pids"));
  if (pids) TRY(take(*pids, "limit", resources.pids_limit));
  TRY(take(json, "blockIO", resources.block_io));
  TRY(take(json, "hugepageLimits", resources.hugepage_limits));
  TRY(take(json, "network", resources.network));
  TRY(take(json, "rdma", resources.rdma));
  return take(json, "unified", resources.unified);
}

}  // namespace tare::oci
