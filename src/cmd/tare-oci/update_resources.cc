#include "update_command.h"

namespace tare::cmd {
namespace {

template <typename T>
void drop_zero(std::optional<T>& field) {
  if (field && *field == 0) field.reset();
}

template <typename T>
void remember(const std::optional<T>& changed, std::optional<T>& before) {
  if (changed) before = changed;
}

void remember(const std::string& changed, std::string& before) {
  if (!changed.empty()) before = changed;
}

void complete_memory(oci::MemoryLimits& memory, const oci::MemoryLimits& before) {
  drop_zero(memory.limit);
  drop_zero(memory.swap);
  drop_zero(memory.reservation);
  if (memory.limit && *memory.limit < 0 && !memory.swap) memory.swap = -1;
  // memory.swap counts both, while version 2 limits swap alone.
  if (memory.swap && *memory.swap > 0 && !memory.limit) memory.limit = before.limit;
  if (memory.limit && !memory.swap) memory.swap = before.swap;
  drop_zero(memory.swap);
}

}  // namespace

oci::Resources complete_update(oci::Resources asked, const oci::Resources& before) {
  complete_memory(asked.memory, before.memory);
  auto& cpu = asked.cpu;
  drop_zero(cpu.period);
  drop_zero(cpu.quota);
  // Version 2 has both in one file.
  if (cpu.quota && !cpu.period) cpu.period = before.cpu.period;
  if (cpu.period && !cpu.quota) cpu.quota = before.cpu.quota;
  asked.devices.clear();  // an update leaves devices alone
  return asked;
}

void remember_update(const oci::Resources& changed, oci::Resources& before) {
  remember(changed.memory.limit, before.memory.limit);
  remember(changed.memory.swap, before.memory.swap);
  remember(changed.memory.reservation, before.memory.reservation);
  remember(changed.cpu.shares, before.cpu.shares);
  remember(changed.cpu.quota, before.cpu.quota);
  remember(changed.cpu.burst, before.cpu.burst);
  remember(changed.cpu.period, before.cpu.period);
  remember(changed.cpu.realtime_runtime, before.cpu.realtime_runtime);
  remember(changed.cpu.realtime_period, before.cpu.realtime_period);
  remember(changed.cpu.idle, before.cpu.idle);
  remember(changed.cpu.cpus, before.cpu.cpus);
  remember(changed.cpu.mems, before.cpu.mems);
  remember(changed.pids_limit, before.pids_limit);
  remember(changed.block_io.weight, before.block_io.weight);
}

}  // namespace tare::cmd
