#include "engine/container_update.h"

#include "engine/container_spec.h"
#include "engine/core.h"
#include "engine/device_facts.h"

namespace tare::engine {
namespace {

Error conflict(std::string_view text) { return Failure(ErrorKind::kConflict, "conflicting options: {}", text); }

Result<void> check_cpu_conflict(const Resources& current, const Resources& update) {
  if (update.nano_cpus && current.cpu_period)
    return conflict("Nano CPUs cannot be updated as CPU Period has already been set");
  if (update.nano_cpus && current.cpu_quota)
    return conflict("Nano CPUs cannot be updated as CPU Quota has already been set");
  if (update.cpu_quota && current.nano_cpus)
    return conflict("CPU Quota cannot be updated as NanoCPUs has already been set");
  if (update.cpu_period && current.nano_cpus)
    return conflict("CPU Period cannot be updated as NanoCPUs has already been set");
  return {};
}

template <typename Value>
void replace(std::optional<Value>& value, const std::optional<Value>& update) {
  if (update) value = update;
}

void replace(std::string& value, const std::string& update) {
  if (!update.empty()) value = update;
}

// Without --memory-swap the sum stays what it was, also the one that was only implied by --memory.
Result<void> merge_memory(Resources& merged, const Resources& update) {
  if (merged.memory && !merged.memory_swap) merged.memory_swap = *merged.memory * 2;
  if (update.memory && !update.memory_swap && merged.memory_swap.value_or(-1) >= 0 &&
      *update.memory > *merged.memory_swap) {
    return Error(ErrorKind::kConflict,
                 "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same "
                 "time")
        .with_hint("give --memory-swap too: the sum of memory and swap, or -1 for unlimited swap");
  }
  replace(merged.memory, update.memory);
  replace(merged.memory_swap, update.memory_swap);
  replace(merged.memory_reservation, update.memory_reservation);
  return {};
}

}  // namespace

bool is_empty(const Resources& update) {
  return !update.nano_cpus && !update.cpu_shares && !update.cpu_quota && !update.cpu_period &&
         !update.cpu_realtime_period && !update.cpu_realtime_runtime && update.cpuset_cpus.empty() &&
         update.cpuset_mems.empty() && !update.memory && !update.memory_swap && !update.memory_reservation &&
         !update.pids_limit && !update.block_weight;
}

Result<UpdatedOptions> merge_update(const ContainerOptions& options, const ContainerUpdate& update) {
  if (options.auto_remove && update.restart && update.restart->when != supervise::Restart::kNo) {
    return conflict("Restart policy cannot be updated because AutoRemove is enabled for the container");
  }
  UpdatedOptions updated{options.resources, update.restart.value_or(options.restart)};
  auto& merged = updated.resources;
  const auto& wanted = update.resources;
  TRY(check_cpu_conflict(merged, wanted));
  if (wanted.memory || wanted.memory_swap || wanted.memory_reservation) TRY(merge_memory(merged, wanted));
  replace(merged.nano_cpus, wanted.nano_cpus);
  replace(merged.cpu_shares, wanted.cpu_shares);
  replace(merged.cpu_quota, wanted.cpu_quota);
  replace(merged.cpu_period, wanted.cpu_period);
  replace(merged.cpu_realtime_period, wanted.cpu_realtime_period);
  replace(merged.cpu_realtime_runtime, wanted.cpu_realtime_runtime);
  replace(merged.cpuset_cpus, wanted.cpuset_cpus);
  replace(merged.cpuset_mems, wanted.cpuset_mems);
  replace(merged.pids_limit, wanted.pids_limit);
  replace(merged.block_weight, wanted.block_weight);
  TRY(check_resources(merged));
  return updated;
}

Resources changed_limits(const Resources& update, const Resources& merged) {
  auto changed = update;
  if (update.memory || update.memory_swap) {
    changed.memory = merged.memory;
    changed.memory_swap = merged.memory_swap;
  }
  if (update.cpu_quota || update.cpu_period) {
    changed.cpu_quota = merged.cpu_quota;
    changed.cpu_period = merged.cpu_period;
  }
  return changed;
}

namespace {

// Where the supervisor finds the limits that are to change now.
constexpr const char* kChangesFile = "/resources.json";

// config.json first: should the container be restarted by its policy meanwhile, it begins with the new limits. The
// supervisor does one thing at a time, so it has either not read the file yet or will apply the change.
Result<void> apply_to_running(EngineCore& core, const Container& container, const ContainerUpdate& update,
                              const UpdatedOptions& updated) {
  const auto directory = core.data_directory(container.record.id);
  auto client = TRY(supervise::Client::connect(core.run_directory(container.record.id)));
  if (!is_empty(update.resources)) {
    const auto before = TRY(os::read_file(directory + "/config.json"));
    auto spec = TRY(oci::RuntimeSpec::parse(before));
    SpecFacts facts{.cgroup_path = spec.linux_section.cgroups_path, .swap_accounting = has_swap_accounting()};
    TRY(read_devices({.resources = updated.resources}, facts));
    const auto changes = TRY(plan_limits(changed_limits(update.resources, updated.resources), facts));
    auto limits = TRY(plan_limits(updated.resources, facts));
    limits.devices = std::move(spec.linux_section.resources.devices);
    spec.linux_section.resources = std::move(limits);
    TRY(os::write_file_atomic(directory + kChangesFile, changes.to_json(), 0600));
    TRY(os::write_file_atomic(directory + "/config.json", spec.to_json(), 0600));
    auto applied = client.update();
    (void)os::remove_file(directory + kChangesFile).ok();
    if (!applied.ok()) {
      const auto restored = os::write_file_atomic(directory + "/config.json", before, 0600);
      return restored.ok() ? std::move(applied).error() : std::move(applied).error().also(restored.error());
    }
  }
  return update.restart ? client.set_restart_policy(*update.restart) : Result<void>();
}

}  // namespace

Result<void> Engine::update_container(const Container& container, const ContainerUpdate& update) {
  const auto context = "Cannot update container " + container.record.id;
  const auto lock = TRY(lock_container(*core_, container.record.id));
  const auto current = TRY(find_container(container.record.id));
  const auto updated = TRY(merge_update(current.record.options, update).context(context));
  if (current.running()) TRY(apply_to_running(*core_, current, update, updated).context(context));
  return os::write_file_atomic(core_->data_directory(current.record.id) + "/update.json", updated.to_json(), 0600);
}

}  // namespace tare::engine
