#include <unistd.h>

#include <algorithm>

#include "cgroup_files.h"
#include "codec/json.h"
#include "os/file.h"
#include "os/resctrl.h"
#include "statistics.h"

namespace tare::cmd {
namespace {

using Json = nlohmann::ordered_json;

uint64_t value_of(const std::map<std::string, uint64_t>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

// Go's omitempty, which runc's consumers are used to.
template <typename T>
void put_unless_empty(Json& json, const char* key, const T& value) {
  if (value != T{}) json[key] = value;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full …".
void put_pressure(Json& json, const std::string& path) {
  Json pressure;
  for (const auto& words : read_table(path)) {
    Json kind;
    for (const auto& word : words) {
      const auto pair = cut(word, '=');
      if (!pair) continue;
      const std::string key(pair->first);
      if (key == "total") {
        kind[key] = parse_unsigned(pair->second).value_or(0);
      } else {
        kind[key] = std::strtod(std::string(pair->second).c_str(), nullptr);
      }
    }
    if (!kind.empty()) pressure[words[0]] = kind;
  }
  if (!pressure.empty()) json["psi"] = pressure;
}

Json cpu_v1(const os::Cgroup& cgroup, const std::string& accounting) {
  const auto ticks = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  const uint64_t nanoseconds_per_tick = 1'000'000'000 / ticks;
  const auto stat = read_keyed(accounting + "/cpuacct.stat");
  std::vector<uint64_t> all;
  std::vector<uint64_t> kernel;
  std::vector<uint64_t> user;
  for (const auto& words : read_table(accounting + "/cpuacct.usage_percpu")) {
    for (const auto& word : words) all.push_back(parse_unsigned(word).value_or(0));
  }
  for (const auto& words : read_table(accounting + "/cpuacct.usage_all")) {
    if (words.size() != 3 || words[0] == "cpu") continue;
    user.push_back(parse_unsigned(words[1]).value_or(0));
    kernel.push_back(parse_unsigned(words[2]).value_or(0));
  }
  Json usage;
  put_unless_empty(usage, "total", read_number(accounting + "/cpuacct.usage"));
  put_unless_empty(usage, "percpu", all);
  put_unless_empty(usage, "percpu_kernel", kernel);
  put_unless_empty(usage, "percpu_user", user);
  usage["kernel"] = value_of(stat, "system") * nanoseconds_per_tick;
  usage["user"] = value_of(stat, "user") * nanoseconds_per_tick;
  const auto throttled = read_keyed(cgroup.directory("cpu").value_or("") + "/cpu.stat");
  Json throttling = Json::object();
  put_unless_empty(throttling, "periods", value_of(throttled, "nr_periods"));
  put_unless_empty(throttling, "throttledPeriods", value_of(throttled, "nr_throttled"));
  put_unless_empty(throttling, "throttledTime", value_of(throttled, "throttled_time"));
  return {{"usage", usage}, {"throttling", throttling}};
}

Json cpu_v2(const std::string& directory) {
  constexpr uint64_t kNanosecondsPerMicrosecond = 1000;
  const auto stat = read_keyed(directory + "/cpu.stat");
  Json usage;
  put_unless_empty(usage, "total", value_of(stat, "usage_usec") * kNanosecondsPerMicrosecond);
  usage["kernel"] = value_of(stat, "system_usec") * kNanosecondsPerMicrosecond;
  usage["user"] = value_of(stat, "user_usec") * kNanosecondsPerMicrosecond;
  Json throttling = Json::object();
  put_unless_empty(throttling, "periods", value_of(stat, "nr_periods"));
  put_unless_empty(throttling, "throttledPeriods", value_of(stat, "nr_throttled"));
  put_unless_empty(throttling, "throttledTime", value_of(stat, "throttled_usec") * kNanosecondsPerMicrosecond);
  Json cpu{{"usage", usage}, {"throttling", throttling}};
  put_pressure(cpu, directory + "/cpu.pressure");
  return cpu;
}

Json cpuset_of(const std::string& directory) {
  Json cpuset;
  put_unless_empty(cpuset, "cpus", read_list(directory + "/cpuset.cpus"));
  cpuset["cpu_exclusive"] = read_number(directory + "/cpuset.cpu_exclusive");
  put_unless_empty(cpuset, "mems", read_list(directory + "/cpuset.mems"));
  for (const char* name : {"mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
                           "memory_spread_slab", "memory_pressure", "sched_load_balance"}) {
    cpuset[name] = read_number(directory + "/cpuset." + name);
  }
  const auto level = os::read_file(directory + "/cpuset.sched_relax_domain_level");
  cpuset["sched_relax_domain_level"] = level.ok() ? parse_signed(trim(*level)).value_or(0) : 0;
  return cpuset;
}

Json memory_entry(uint64_t limit, uint64_t usage, uint64_t most, uint64_t failures) {
  Json entry{{"limit", limit}};
  put_unless_empty(entry, "usage", usage);
  put_unless_empty(entry, "max", most);
  entry["failcnt"] = failures;
  return entry;
}

Json memory_entry_v1(const std::string& prefix) {
  return memory_entry(read_number(prefix + "limit_in_bytes"), read_number(prefix + "usage_in_bytes"),
                      read_number(prefix + "max_usage_in_bytes"), read_number(prefix + "failcnt"));
}

Json memory_v1(const std::string& directory) {
  const auto raw = read_keyed(directory + "/memory.stat");
  Json memory;
  put_unless_empty(memory, "cache", value_of(raw, "cache"));
  memory["usage"] = memory_entry_v1(directory + "/memory.");
  memory["swap"] = memory_entry_v1(directory + "/memory.memsw.");
  memory["kernel"] = memory_entry_v1(directory + "/memory.kmem.");
  memory["kernelTCP"] = memory_entry_v1(directory + "/memory.kmem.tcp.");
  put_unless_empty(memory, "raw", raw);
  return memory;
}

uint64_t sum(uint64_t left, uint64_t right) { return left > kNoLimit - right ? kNoLimit : left + right; }

// Swap is told as version 1 has it: together with the memory.
Json memory_v2(const std::string& directory) {
  const auto raw = read_keyed(directory + "/memory.stat");
  const uint64_t usage = read_number(directory + "/memory.current");
  const uint64_t limit = read_number(directory + "/memory.max");
  Json memory;
  put_unless_empty(memory, "cache", value_of(raw, "file"));
  memory["usage"] = memory_entry(limit, usage, read_number(directory + "/memory.peak"), 0);
  memory["swap"] = memory_entry(sum(limit, read_number(directory + "/memory.swap.max")),
                                sum(usage, read_number(directory + "/memory.swap.current")), 0, 0);
  memory["kernel"] = memory["kernelTCP"] = memory_entry(0, 0, 0, 0);
  put_unless_empty(memory, "raw", raw);
  put_pressure(memory, directory + "/memory.pressure");
  return memory;
}

Json block_entry(std::string_view device, const std::string& operation, uint64_t value) {
  const auto numbers = cut(device, ':');
  Json entry = Json::object();
  put_unless_empty(entry, "major", numbers ? parse_unsigned(numbers->first).value_or(0) : 0ULL);
  put_unless_empty(entry, "minor", numbers ? parse_unsigned(numbers->second).value_or(0) : 0ULL);
  entry["op"] = operation;
  put_unless_empty(entry, "value", value);
  return entry;
}

// "8:0 Read 4096" lines, and a total that belongs to no device.
void put_block_v1(Json& block, const char* key, const std::string& path) {
  Json entries = Json::array();
  for (const auto& words : read_table(path)) {
    if (words.size() == 3) entries.push_back(block_entry(words[0], words[1], parse_unsigned(words[2]).value_or(0)));
  }
  if (!entries.empty()) block[key] = entries;
}

Json block_v1(const std::string& directory) {
  const bool bfq = os::exists(directory + "/blkio.bfq.io_serviced_recursive");
  const std::string prefix = directory + (bfq ? "/blkio.bfq." : "/blkio.throttle.");
  Json block = Json::object();
  put_block_v1(block, "ioServiceBytesRecursive", prefix + "io_service_bytes_recursive");
  put_block_v1(block, "ioServicedRecursive", prefix + "io_serviced_recursive");
  return block;
}

// "8:0 rbytes=1 wbytes=2 rios=3 …" lines.
Json block_v2(const std::string& directory) {
  struct Kind {
    std::string_view field;
    const char* list;
    const char* operation;
  };
  constexpr Kind kKinds[] = {{"rbytes", "ioServiceBytesRecursive", "Read"},
                             {"wbytes", "ioServiceBytesRecursive", "Write"},
                             {"rios", "ioServicedRecursive", "Read"},
                             {"wios", "ioServicedRecursive", "Write"}};
  Json block = Json::object();
  for (const auto& words : read_table(directory + "/io.stat")) {
    for (const auto& word : words) {
      const auto pair = cut(word, '=');
      const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                      [&](const auto& one) { return pair && one.field == pair->first; });
      if (kind == std::end(kKinds)) continue;
      block[kind->list].push_back(block_entry(words[0], kind->operation, parse_unsigned(pair->second).value_or(0)));
    }
  }
  put_pressure(block, directory + "/io.pressure");
  return block;
}

// "hugetlb.2MB.usage_in_bytes", "hugetlb.2MB.current": the sizes are in the files' names.
Json hugepages(const std::string& directory, bool v2) {
  const std::string usage_suffix = v2 ? ".current" : ".usage_in_bytes";
  Json pages = Json::object();
  for (const auto& name : os::list_directory(directory).value_or({})) {
    if (!name.starts_with("hugetlb.") || !name.ends_with(usage_suffix) || name.find(".rsvd.") != std::string::npos) {
      continue;
    }
    const std::string prefix = name.substr(0, name.size() - usage_suffix.size());
    const std::string path = formatted("{}/{}", directory, prefix);
    Json page = Json::object();
    put_unless_empty(page, "usage", read_number(path + usage_suffix));
    put_unless_empty(page, "max", read_number(path + ".max_usage_in_bytes"));
    page["failcnt"] = v2 ? value_of(read_keyed(path + ".events"), "max") : read_number(path + ".failcnt");
    pages[prefix.substr(std::string_view("hugetlb.").size())] = page;
  }
  return pages;
}

Json pids_of(const std::string& directory) {
  const uint64_t limit = read_number(directory + "/pids.max");
  Json pids = Json::object();
  put_unless_empty(pids, "current", read_number(directory + "/pids.current"));
  put_unless_empty(pids, "limit", limit == kNoLimit ? 0 : limit);
  return pids;
}

void put_schemata(Json& json, const std::string& suffix, const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    if (line.starts_with("L3")) json["l3_cache_schema" + suffix] = line;
    if (line.starts_with("MB")) json["mem_bw_schema" + suffix] = line;
  }
}

void put_domains(Json& json, const std::vector<os::ResctrlStatistics::Domain>& domains) {
  for (const auto& domain : domains) {
    if (domain.total_traffic || domain.local_traffic) {
      json["mbm_stats"].push_back({{"mbm_total_bytes", domain.total_traffic.value_or(0)},
                                   {"mbm_local_bytes", domain.local_traffic.value_or(0)}});
    }
    if (domain.occupancy) json["cmt_stats"].push_back({{"llc_occupancy", *domain.occupancy}});
  }
}

Json shares_of(const std::optional<runtime::ResctrlPlan>& plan) {
  Json json = Json::object();
  if (!plan) return json;
  const auto statistics =
      os::read_resctrl_statistics(plan->mount, plan->group, plan->monitor.empty() ? plan->group : plan->monitor);
  if (const auto& cache = statistics.cache) {
    json["l3_cache_info"] = {
        {"cbm_mask", cache->mask}, {"min_cbm_bits", cache->least_bits}, {"num_closids", cache->groups}};
  }
  if (const auto& bandwidth = statistics.bandwidth) {
    json["mem_bw_info"] = {{"bandwidth_gran", bandwidth->step},
                           {"delay_linear", bandwidth->linear},
                           {"min_bandwidth", bandwidth->least},
                           {"num_closids", bandwidth->groups}};
  }
  put_schemata(json, "_root", statistics.root_schemata);
  put_schemata(json, "", statistics.schemata);
  put_unless_empty(json, "schemata", statistics.schemata);
  put_domains(json, statistics.domains);
  return json;
}

bool is_v2(const os::Cgroup& cgroup, const char* controller) {
  const auto* hierarchy = cgroup.layout().find(controller);
  return hierarchy != nullptr ? hierarchy->version == os::CgroupVersion::kV2
                              : cgroup.layout().version == os::CgroupVersion::kV2;
}

Json statistics_of(const os::Cgroup& cgroup, const std::optional<runtime::ResctrlPlan>& resctrl) {
  const auto directory = [&](const char* controller) { return cgroup.directory(controller).value_or(""); };
  const bool v2 = cgroup.layout().version == os::CgroupVersion::kV2;
  const bool memory_is_v2 = is_v2(cgroup, "memory");
  return {{"cpu", v2 ? cpu_v2(cgroup.directories().front()) : cpu_v1(cgroup, directory("cpuacct"))},
          {"cpuset", cpuset_of(directory("cpuset"))},
          {"memory", memory_is_v2 ? memory_v2(directory("memory")) : memory_v1(directory("memory"))},
          {"pids", pids_of(directory("pids"))},
          {"blkio", v2 ? block_v2(directory("io")) : block_v1(directory("blkio"))},
          {"hugetlb", hugepages(directory("hugetlb"), is_v2(cgroup, "hugetlb"))},
          {"intel_rdt", shares_of(resctrl)},
          {"network_interfaces", nullptr}};
}

}  // namespace

Result<std::string> stats_event(const std::string& id, const os::Cgroup& cgroup,
                                const std::optional<runtime::ResctrlPlan>& resctrl) {
  if (!cgroup.exists()) return Failure(ErrorKind::kNotFound, "cgroup {} of the container is gone", cgroup.path());
  return Json{{"type", "stats"}, {"id", id}, {"data", statistics_of(cgroup, resctrl)}}.dump();
}

std::string oom_event(const std::string& id) { return Json{{"type", "oom"}, {"id", id}}.dump(); }

}  // namespace tare::cmd
