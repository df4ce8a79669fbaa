// The limits and devices of HostConfig.
#include "api/docker/resources_json.h"

namespace tare::api::docker {
namespace {

using codec::Json;
using DeviceValues = std::vector<engine::Resources::DeviceValue>;

Json values_json(const DeviceValues& values, const char* name) {
  Json json = Json::array();
  for (const auto& value : values) json.push_back({{"Path", value.path}, {name, value.value}});
  return json;
}

Json ulimits_json(const engine::Resources& resources) {
  Json json = Json::array();
  for (const auto& limit : resources.ulimits) {
    json.push_back({{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  }
  return json;
}

template <typename Number>
Json or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json resources_json(const engine::Resources& resources) {
  return {{"NanoCpus", resources.nano_cpus.value_or(0)},
          {"CpuShares", resources.cpu_shares.value_or(0)},
          {"CpuQuota", resources.cpu_quota.value_or(0)},
          {"CpuPeriod", resources.cpu_period.value_or(0)},
          {"CpuRealtimePeriod", resources.cpu_realtime_period.value_or(0)},
          {"CpuRealtimeRuntime", resources.cpu_realtime_runtime.value_or(0)},
          {"CpusetCpus", resources.cpuset_cpus},
          {"CpusetMems", resources.cpuset_mems},
          {"Memory", resources.memory.value_or(0)},
          {"MemorySwap", resources.memory_swap.value_or(resources.memory ? *resources.memory * 2 : 0)},
          {"MemoryReservation", resources.memory_reservation.value_or(0)},
          {"MemorySwappiness", or_null(resources.memory_swappiness)},
          {"PidsLimit", or_null(resources.pids_limit)},
          {"OomKillDisable", resources.oom_kill_disable},
          {"OomScoreAdj", resources.oom_score_adj.value_or(0)},
          {"ShmSize", resources.shm_size.value_or(uint64_t{64} << 20)},
          {"BlkioWeight", resources.block_weight.value_or(0)},
          {"BlkioWeightDevice", values_json(resources.block_weight_devices, "Weight")},
          {"BlkioDeviceReadBps", values_json(resources.device_read_bps, "Rate")},
          {"BlkioDeviceWriteBps", values_json(resources.device_write_bps, "Rate")},
          {"BlkioDeviceReadIOps", values_json(resources.device_read_iops, "Rate")},
          {"BlkioDeviceWriteIOps", values_json(resources.device_write_iops, "Rate")},
          {"Ulimits", ulimits_json(resources)}};
}

Json devices_json(const engine::ContainerOptions& options) {
  Json json = Json::array();
  for (const auto& device : options.devices) {
    json.push_back({{"PathOnHost", device.host_path},
                    {"PathInContainer", device.container_path},
                    {"CgroupPermissions", device.permissions}});
  }
  return json;
}

}  // namespace tare::api::docker
