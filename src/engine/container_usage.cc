// What a container uses now, from the files of the kernel: for `stats` and `plan`.
#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

struct Traffic {
  uint64_t received = 0;
  uint64_t sent = 0;
};

// /proc/PID/net/dev: two header lines, then "name: 8 numbers received, 8 numbers sent". Loopback is not traffic.
Traffic parse_interfaces(std::string_view text) {
  Traffic total;
  for (const auto& line : split(text, '\n')) {
    const auto halves = cut(line, ':');
    if (!halves || trim(halves->first) == "lo") continue;
    std::vector<std::string> numbers;
    for (auto& word : split(halves->second, ' ')) {
      if (!word.empty()) numbers.push_back(std::move(word));
    }
    if (numbers.size() < 9) continue;
    total.received += parse_unsigned(numbers[0]).value_or(0);
    total.sent += parse_unsigned(numbers[8]).value_or(0);
  }
  return total;
}

uint64_t directory_bytes(const std::string& path) {
  uint64_t bytes = 0;
  const auto names = os::list_directory(path);
  if (!names.ok()) return 0;
  for (const auto& name : *names) {
    const auto status = os::link_status(path + "/" + name);
    if (status.ok()) bytes += static_cast<uint64_t>(status->st_size);
  }
  return bytes;
}

// Empty for an ordinary user's container, which has none of its own.
Result<os::Cgroup> find_cgroup(const EngineCore& core, const Container& container) {
  const auto text = TRY(os::read_file(core.data_directory(container.record.id) + "/config.json"));
  const auto spec = TRY(oci::RuntimeSpec::parse(text));
  if (spec.linux_section.cgroups_path.empty()) return os::Cgroup();
  return os::Cgroup::find(spec.linux_section.cgroups_path);
}

}  // namespace

Result<std::vector<pid_t>> Engine::processes(const Container& container) const {
  if (!container.running()) return Failure(ErrorKind::kConflict, "container {} is not running", container.name);
  const auto cgroup = TRY(find_cgroup(*core_, container));
  if (cgroup.empty()) return std::vector<pid_t>{container.state.pid};
  return cgroup.processes();
}

uint64_t Engine::oom_kills(const Container& container) const {
  if (!container.running()) return container.state.oom_kills;
  const auto cgroup = find_cgroup(*core_, container);
  return cgroup.ok() && !cgroup->empty() ? cgroup->oom_kills().value_or(0) : 0;
}

Result<Usage> Engine::usage(const Container& container) const {
  Usage usage;
  usage.log_bytes = directory_bytes(log_directory(container.record.id));
  if (!container.running()) return usage;
  const auto cgroup = TRY(find_cgroup(*core_, container));
  if (!cgroup.empty()) usage.cgroup = TRY(cgroup.statistics());
  const auto interfaces = os::read_file(formatted("/proc/{}/net/dev", container.state.pid));
  const auto traffic = interfaces.ok() ? parse_interfaces(*interfaces) : Traffic{};
  usage.network_received_bytes = traffic.received;
  usage.network_sent_bytes = traffic.sent;
  return usage;
}

}  // namespace tare::engine
