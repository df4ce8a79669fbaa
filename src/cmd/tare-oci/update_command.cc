#include "update_command.h"

#include <unistd.h>

#include "base/log.h"
#include "commands.h"
#include "os/file.h"

namespace tare::cmd {
namespace {

std::vector<FlagDefinition> update_flags() {
  constexpr auto kText = FlagValue::kText;
  return {{"resources", "r", kText, "file with linux.resources as JSON, or '-'; the other flags are ignored then"},
          {"blkio-weight", "", kText, "weight of block I/O, 10 to 1000"},
          {"cpu-period", "", kText, "period of the CPU quota in microseconds"},
          {"cpu-quota", "", kText, "CPU time per period in microseconds; -1: no limit"},
          {"cpu-burst", "", kText, "CPU time in microseconds that may be saved up and used beyond the quota"},
          {"cpu-share", "", kText, "CPU shares against other containers"},
          {"cpu-rt-period", "", kText, "period of the realtime CPU time in microseconds"},
          {"cpu-rt-runtime", "", kText, "realtime CPU time per period in microseconds"},
          {"cpuset-cpus", "", kText, "processors to use, such as 0-3,7"},
          {"cpuset-mems", "", kText, "memory nodes to use"},
          {"cpu-idle", "", kText, "1: run only when nobody else wants to"},
          {"kernel-memory", "", kText, ""},
          {"kernel-memory-tcp", "", kText, ""},
          {"memory", "", kText, "memory limit, such as 512m; -1: no limit"},
          {"memory-reservation", "", kText, "soft memory limit"},
          {"memory-swap", "", kText, "memory and swap together; -1: no limit"},
          {"pids-limit", "", kText, "number of processes; -1: no limit"},
          {"l3-cache-schema", "", kText, "parts of the caches, such as L3:0=ff;1=c0"},
          {"mem-bw-schema", "", kText, "share of the memory bandwidth in percent, such as MB:0=20;1=70"}};
}

Error invalid(const std::string& flag, const std::string& value) {
  return Failure(ErrorKind::kInvalidArgument, "invalid value for {}: \"{}\"", flag, value);
}

Result<void> take(const Flags& flags, const std::string& name, std::optional<uint64_t>& field) {
  const std::string value = flags.text(name);
  if (value.empty()) return {};
  const auto number = parse_unsigned(value);
  if (!number) return invalid(name, value);
  field = *number;
  return {};
}

Result<void> take(const Flags& flags, const std::string& name, std::optional<int64_t>& field) {
  const std::string value = flags.text(name);
  if (value.empty()) return {};
  const auto number = parse_signed(value);
  if (!number) return invalid(name, value);
  field = *number;
  return {};
}

Result<void> take_size(const Flags& flags, const std::string& name, std::optional<int64_t>& field) {
  const std::string value = flags.text(name);
  if (value.empty()) return {};
  const auto size = value == "-1" ? std::nullopt : parse_size(value);
  if (value != "-1" && !size) return invalid(name, value);
  field = size ? static_cast<int64_t>(*size) : -1;
  return {};
}

Result<void> take_cpu(const Flags& flags, oci::CpuLimits& cpu) {
  cpu.cpus = flags.text("cpuset-cpus");
  cpu.mems = flags.text("cpuset-mems");
  TRY(take(flags, "cpu-period", cpu.period));
  TRY(take(flags, "cpu-quota", cpu.quota));
  TRY(take(flags, "cpu-burst", cpu.burst));
  TRY(take(flags, "cpu-share", cpu.shares));
  TRY(take(flags, "cpu-rt-period", cpu.realtime_period));
  TRY(take(flags, "cpu-rt-runtime", cpu.realtime_runtime));
  return take(flags, "cpu-idle", cpu.idle);
}

Result<oci::Resources> resources_of(const Flags& flags) {
  if (const std::string path = flags.text("resources"); !path.empty()) {
    const std::string text =
        TRY(path == "-" ? os::read_fd(BorrowedFd(STDIN_FILENO), "standard input") : os::read_file(path));
    return oci::Resources::parse(text).context(path == "-" ? "standard input" : path);
  }
  oci::Resources resources;
  TRY(take_cpu(flags, resources.cpu));
  TRY(take_size(flags, "memory", resources.memory.limit));
  TRY(take_size(flags, "memory-swap", resources.memory.swap));
  TRY(take_size(flags, "memory-reservation", resources.memory.reservation));
  TRY(take_size(flags, "kernel-memory", resources.memory.kernel));
  TRY(take_size(flags, "kernel-memory-tcp", resources.memory.kernel_tcp));
  TRY(take(flags, "pids-limit", resources.pids_limit));
  const int64_t weight = TRY(flags.number("blkio-weight"));
  if (weight < 0 || weight > 1000) return invalid("blkio-weight", flags.text("blkio-weight"));
  if (weight != 0) resources.block_io.weight = static_cast<uint16_t>(weight);
  return resources;
}

Result<void> update_shares(const Flags& flags, const std::string& id, oci::RuntimeSpec& spec) {
  const oci::IntelRdt asked{.l3_cache_schema = flags.text("l3-cache-schema"),
                            .mem_bw_schema = flags.text("mem-bw-schema")};
  if (asked.l3_cache_schema.empty() && asked.mem_bw_schema.empty()) return {};
  const std::string flag = asked.l3_cache_schema.empty() ? "--mem-bw-schema" : "--l3-cache-schema";
  TRY(runtime::update_resctrl(spec, id, asked).context(flag));
  oci::IntelRdt& before = *spec.linux_section.intel_rdt;
  if (!asked.l3_cache_schema.empty()) before.l3_cache_schema = asked.l3_cache_schema;
  if (!asked.mem_bw_schema.empty()) before.mem_bw_schema = asked.mem_bw_schema;
  return {};
}

void ignore_kernel_memory(oci::MemoryLimits& memory) {
  if (!memory.kernel && !memory.kernel_tcp) return;
  log_warning("kernel memory settings are ignored: the kernel has dropped them");
  memory.kernel.reset();
  memory.kernel_tcp.reset();
}

// A limit below what is in use already would make the kernel kill processes.
Result<void> check_usage(const os::Cgroup& cgroup, const oci::MemoryLimits& memory) {
  const auto directory = cgroup.directory("memory");
  if (!memory.check_before_update || memory.limit.value_or(0) <= 0 || !directory) return {};
  const auto text = os::read_file(*directory + "/memory.current");  // v1 has no such file, and refuses by itself
  const uint64_t usage = text.ok() ? parse_unsigned(trim(*text)).value_or(0) : 0;
  if (usage <= static_cast<uint64_t>(*memory.limit)) return {};
  return Failure(ErrorKind::kConflict, "rejecting memory limit {}: {} bytes are in use", *memory.limit, usage);
}

bool counts_swap(const os::Cgroup& cgroup) {
  const auto memory = cgroup.directory("memory");
  return memory && (os::exists(*memory + "/memory.memsw.limit_in_bytes") || os::exists(*memory + "/memory.swap.max"));
}

Result<int> update(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  auto spec = TRY(invocation.records.load_spec(record.id));
  if (invocation.records.status(record) == Status::kStopped) {
    return Failure(ErrorKind::kConflict, "container not running");
  }
  auto asked = TRY(resources_of(invocation.flags));
  ignore_kernel_memory(asked.memory);
  const auto cgroup = TRY(cgroup_of(record));
  TRY(check_usage(cgroup, asked.memory));
  TRY(update_shares(invocation.flags, record.id, spec));
  oci::Resources& before = spec.linux_section.resources;
  auto changed = complete_update(asked, before);
  // To lift a limit on swap means nothing where swap is not counted.
  if (changed.memory.swap.value_or(0) == -1 && !counts_swap(cgroup)) changed.memory.swap.reset();
  // systemd first: it may write to the files once more when it is told.
  if (!record.scope.name.empty()) TRY(update_scope(record.scope, changed));
  TRY(runtime::update(cgroup, changed));
  remember_update(changed, before);
  TRY(invocation.records.save(record, spec));
  return 0;
}

}  // namespace

Command update_command() {
  return {.name = "update",
          .summary = "change the limits of a container",
          .arguments = "<container-id>",
          .flags = update_flags(),
          .run = update};
}

}  // namespace tare::cmd
