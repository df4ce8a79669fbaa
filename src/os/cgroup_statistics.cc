// What a cgroup has used, from the files of either version.
#include <algorithm>

#include "os/cgroup.h"
#include "os/file.h"

namespace tare::os {
namespace {

// A file with one number; "max" and what is missing count as 0.
uint64_t read_number(const std::string& path) {
  const auto text = read_file(path);
  if (!text.ok()) return 0;
  return parse_unsigned(trim(*text)).value_or(0);
}

// The number after `key` in a file of "key number" lines; 0 when there is none.
uint64_t read_keyed(const std::string& path, std::string_view key) {
  const auto text = read_file(path);
  if (!text.ok()) return 0;
  for (const auto& line : split(*text, '\n')) {
    const auto pair = cut(line, ' ');
    if (pair && pair->first == key) return parse_unsigned(trim(pair->second)).value_or(0);
  }
  return 0;
}

uint64_t without(uint64_t usage, uint64_t part) { return usage - std::min(usage, part); }

void read_v1_memory(const std::string& directory, CgroupStatistics& statistics) {
  constexpr uint64_t kUnlimited = uint64_t{1} << 62;  // the kernel says "none" with a number near LONG_MAX
  const uint64_t limit = read_number(directory + "/memory.limit_in_bytes");
  statistics.memory_usage = without(read_number(directory + "/memory.usage_in_bytes"),
                                    read_keyed(directory + "/memory.stat", "total_inactive_file"));
  statistics.memory_limit = limit < kUnlimited ? limit : 0;
  statistics.memory_peak = read_number(directory + "/memory.max_usage_in_bytes");
}

void read_v2_memory(const std::string& directory, CgroupStatistics& statistics) {
  statistics.memory_usage =
      without(read_number(directory + "/memory.current"), read_keyed(directory + "/memory.stat", "inactive_file"));
  statistics.memory_limit = read_number(directory + "/memory.max");
  statistics.memory_peak = read_number(directory + "/memory.peak");
}

// v1: "8:0 Read 4096" lines and a total.
void read_v1_io(const std::string& directory, CgroupStatistics& statistics) {
  const auto text = read_file(directory + "/blkio.throttle.io_service_bytes_recursive");
  if (!text.ok()) return;
  for (const auto& line : split(*text, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() != 3) continue;
    const uint64_t bytes = parse_unsigned(fields[2]).value_or(0);
    if (fields[1] == "Read") statistics.block_read_bytes += bytes;
    if (fields[1] == "Write") statistics.block_write_bytes += bytes;
  }
}

// v2: "8:0 rbytes=1 wbytes=2 rios=…" lines.
void read_v2_io(const std::string& directory, CgroupStatistics& statistics) {
  const auto text = read_file(directory + "/io.stat");
  if (!text.ok()) return;
  for (const auto& line : split(*text, '\n')) {
    for (const auto& field : split(line, ' ')) {
      const auto pair = cut(field, '=');
      if (!pair) continue;
      const uint64_t bytes = parse_unsigned(pair->second).value_or(0);
      if (pair->first == "rbytes") statistics.block_read_bytes += bytes;
      if (pair->first == "wbytes") statistics.block_write_bytes += bytes;
    }
  }
}

void read_cpu(const Cgroup& cgroup, CgroupStatistics& statistics) {
  const auto cpu = cgroup.directory("cpu");
  if (const auto accounting = cgroup.directory("cpuacct")) {
    statistics.cpu_usage_nanoseconds = read_number(*accounting + "/cpuacct.usage");
    if (cpu) statistics.cpu_throttled_nanoseconds = read_keyed(*cpu + "/cpu.stat", "throttled_time");
    return;
  }
  // The v2 file is there (without throttling) even where the cpu controller was not handed down.
  for (const auto& directory : cgroup.directories()) {
    statistics.cpu_usage_nanoseconds = read_keyed(directory + "/cpu.stat", "usage_usec") * 1000;
    statistics.cpu_throttled_nanoseconds = read_keyed(directory + "/cpu.stat", "throttled_usec") * 1000;
  }
}

bool is_v1(const Cgroup& cgroup, const std::string& controller) {
  const CgroupHierarchy* hierarchy = cgroup.layout().find(controller);
  return hierarchy != nullptr && hierarchy->version == CgroupVersion::kV1;
}

}  // namespace

Result<CgroupStatistics> Cgroup::statistics() const {
  if (!exists()) return Failure(ErrorKind::kNotFound, "cgroup {} does not exist", path_);
  CgroupStatistics result;
  if (const auto memory = directory("memory")) {
    is_v1(*this, "memory") ? read_v1_memory(*memory, result) : read_v2_memory(*memory, result);
  }
  read_cpu(*this, result);
  if (const auto pids = directory("pids")) {
    result.processes = read_number(*pids + "/pids.current");
    result.processes_limit = read_number(*pids + "/pids.max");
  }
  if (const auto block = directory("blkio")) read_v1_io(*block, result);
  if (const auto block = directory("io")) read_v2_io(*block, result);
  result.oom_kills = TRY(oom_kills());
  return result;
}

Result<uint64_t> Cgroup::oom_kills() const {
  const auto memory = directory("memory");
  if (!memory) return uint64_t{0};
  return read_keyed(*memory + (is_v1(*this, "memory") ? "/memory.oom_control" : "/memory.events"), "oom_kill");
}

}  // namespace tare::os
