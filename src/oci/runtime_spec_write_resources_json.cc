// Writing "linux.resources" of config.json.
#include "oci/runtime_spec_encode_json.h"

namespace tare::oci {

Json encode(const DeviceRule& rule) {
  Json json{{"allow", rule.allow}};
  put(json, "type", rule.type);
  put(json, "major", rule.major);
  put(json, "minor", rule.minor);
  put(json, "access", rule.access);
  return json;
}

Json encode(const MemoryLimits& memory) {
  Json json = Json::object();
  put(json, "limit", memory.limit);
  put(json, "reservation", memory.reservation);
  put(json, "swap", memory.swap);
  put(json, "kernel", memory.kernel);
  put(json, "kernelTCP", memory.kernel_tcp);
  put(json, "swappiness", memory.swappiness);
  put(json, "disableOOMKiller", memory.disable_oom_killer);
  put(json, "useHierarchy", memory.use_hierarchy);
  put_if(json, "checkBeforeUpdate", memory.check_before_update);
  return json;
}

Json encode(const CpuLimits& cpu) {
  Json json = Json::object();
  put(json, "shares", cpu.shares);
  put(json, "quota", cpu.quota);
  put(json, "burst", cpu.burst);
  put(json, "period", cpu.period);
  put(json, "realtimeRuntime", cpu.realtime_runtime);
  put(json, "realtimePeriod", cpu.realtime_period);
  put(json, "cpus", cpu.cpus);
  put(json, "mems", cpu.mems);
  put(json, "idle", cpu.idle);
  return json;
}

Json encode(const WeightDevice& device) {
  Json json{{"major", device.major}, {"minor", device.minor}};
  put(json, "weight", device.weight);
  put(json, "leafWeight", device.leaf_weight);
  return json;
}

Json encode(const ThrottleDevice& device) {
  return {{"major", device.major}, {"minor", device.minor}, {"rate", device.rate}};
}

Json encode(const BlockIoLimits& block_io) {
  Json json = Json::object();
  put(json, "weight", block_io.weight);
  put(json, "leafWeight", block_io.leaf_weight);
  put(json, "weightDevice", block_io.weight_device);
  put(json, "throttleReadBpsDevice", block_io.read_bps);
  put(json, "throttleWriteBpsDevice", block_io.write_bps);
  put(json, "throttleReadIOPSDevice", block_io.read_iops);
  put(json, "throttleWriteIOPSDevice", block_io.write_iops);
  return json;
}

Json encode(const HugepageLimit& limit) { return {{"pageSize", limit.page_size}, {"limit", limit.limit}}; }

Json encode(const NetworkPriority& priority) { return {{"name", priority.name}, {"priority", priority.priority}}; }

Json encode(const NetworkClass& network) {
  Json json = Json::object();
  put(json, "classID", network.class_id);
  put(json, "priorities", network.priorities);
  return json;
}

Json encode(const RdmaLimit& limit) {
  Json json = Json::object();
  put(json, "hcaHandles", limit.hca_handles);
  put(json, "hcaObjects", limit.hca_objects);
  return json;
}

Json encode(const Resources& resources) {
  Json json = Json::object();
  put(json, "devices", resources.devices);
  put(json, "memory", resources.memory);
  put(json, "cpu", resources.cpu);
  if (resources.pids_limit) json["pids"] = {{"limit", *resources.pids_limit}};
  put(json, "blockIO", resources.block_io);
  put(json, "hugepageLimits", resources.hugepage_limits);
  put(json, "network", resources.network);
  put(json, "rdma", resources.rdma);
  put(json, "unified", resources.unified);
  return json;
}

}  // namespace tare::oci
