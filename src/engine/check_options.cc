#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <set>

#include "engine/container_options.h"
#include "engine/userns_mode.h"
#include "os/file.h"

namespace tare::engine {
namespace {

constexpr int64_t kMinimumMemory = int64_t{6} << 20;  // Docker's: less than this cannot hold a runtime's start

Error invalid(std::string_view text, std::string_view hint = {}) {
  return Error(ErrorKind::kInvalidArgument, std::string(text)).with_hint(hint);
}

Result<void> check_memory(const Resources& resources) {
  if (resources.memory_reservation && *resources.memory_reservation > 0 &&
      *resources.memory_reservation < kMinimumMemory) {
    return invalid("memory reservation is below the minimum of 6m", "give at least --memory-reservation 6m");
  }
  if (!resources.memory) {
    if (resources.memory_swap && *resources.memory_swap > 0) {
      return invalid("--memory-swap needs --memory: it is the sum of both", "add --memory, or drop --memory-swap");
    }
    return {};
  }
  if (*resources.memory < kMinimumMemory) {
    return invalid(formatted("memory limit {} is below the minimum of 6m",
                             format_binary_size(static_cast<unsigned long long>(*resources.memory))),
                   "give at least --memory 6m");
  }
  if (resources.memory_swap && *resources.memory_swap >= 0 && *resources.memory_swap < *resources.memory) {
    return invalid("--memory-swap is smaller than --memory: it is the sum of memory and swap",
                   "make it at least as large as --memory, or -1 for unlimited swap");
  }
  if (resources.memory_reservation && *resources.memory_reservation > *resources.memory) {
    return invalid("--memory-reservation is larger than --memory");
  }
  return {};
}

// "0-3,7": the processors as bits, or nothing when that is no such list.
std::optional<std::set<unsigned>> parse_cpuset(std::string_view text) {
  std::set<unsigned> numbers;
  for (const auto& part : split(text, ',')) {
    const auto range = cut(part, '-');
    const auto first = parse_unsigned(range ? range->first : std::string_view(part));
    const auto last = range ? parse_unsigned(range->second) : first;
    if (!first || !last || *first > *last || *last >= 65536) return std::nullopt;
    for (auto number = *first; number <= *last; ++number) numbers.insert(static_cast<unsigned>(number));
  }
  return numbers;
}

// As Docker, before anything is made: the kernel's own answer would name a file of its own and no option.
Result<void> check_cpuset(std::string_view option, const std::string& wanted, const std::string& online_file) {
  if (wanted.empty()) return {};
  const auto numbers = parse_cpuset(wanted);
  if (!numbers)
    return invalid(formatted("invalid argument \"{}\" for {}: expected numbers such as 0-3,7", wanted, option));
  const auto online_text = os::read_file(online_file);
  if (!online_text.ok()) return {};  // the kernel decides
  const auto online_list = std::string(trim(*online_text));
  const auto online = parse_cpuset(online_list);
  if (!online || std::includes(online->begin(), online->end(), numbers->begin(), numbers->end())) return {};
  return invalid(formatted("Requested CPUs are not available - requested {}, available: {}", wanted, online_list),
                 formatted("choose among {} for {}", online_list, option));
}

Result<void> check_cpu(const Resources& resources) {
  if (resources.nano_cpus && (resources.cpu_quota || resources.cpu_period)) {
    return invalid("--cpus conflicts with --cpu-quota and --cpu-period: it sets both");
  }
  if (resources.nano_cpus && *resources.nano_cpus < 10'000'000) {
    return invalid("--cpus is below 0.01, the least that the kernel schedules");
  }
  if (resources.cpu_period && (*resources.cpu_period < 1000 || *resources.cpu_period > 1'000'000)) {
    return invalid("--cpu-period must lie between 1000 and 1000000 microseconds");
  }
  if (resources.cpu_quota && *resources.cpu_quota != -1 && *resources.cpu_quota < 1000) {
    return invalid("--cpu-quota must be at least 1000 microseconds, or -1");
  }
  if (resources.cpu_shares && *resources.cpu_shares > 262'144) {
    return invalid("--cpu-shares must lie between 2 and 262144");
  }
  return check_cpuset("--cpuset-cpus", resources.cpuset_cpus, "/sys/devices/system/cpu/online");
}

bool is_ulimit(std::string_view name) {
  constexpr std::array kNames = {"as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
                                 "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Result<void> check_process_limits(const Resources& resources) {
  for (const auto& limit : resources.ulimits) {
    if (!is_ulimit(limit.name))
      return invalid(formatted("--ulimit {}: there is no such limit", limit.name),
                     "nofile, nproc, core, memlock and others are");
  }
  if (resources.oom_score_adj && (*resources.oom_score_adj < -1000 || *resources.oom_score_adj > 1000)) {
    return invalid(formatted("--oom-score-adj {} must lie between -1000 and 1000", *resources.oom_score_adj));
  }
  return {};
}

Result<void> check_network(const ContainerOptions& options) {
  const bool own_network =
      options.network != "none" && options.network != "host" && !options.network.starts_with("container:");
  if (!own_network && (!options.ports.empty() || options.publish_all)) {
    return invalid(formatted("ports cannot be published with --network {}", options.network),
                   options.network == "host" ? "with the host's network every port is reachable already: drop -p"
                                             : "choose a bridge network, or drop -p");
  }
  if (!own_network && !options.address.empty()) return invalid("--ip needs a bridge network");
  if (options.network.starts_with("container:") && !options.hostname.empty()) {
    return invalid("--hostname conflicts with --network container:…: the other container's is used");
  }
  return {};
}

Result<void> check_lifecycle(const ContainerOptions& options) {
  if (options.auto_remove && options.restart.when != supervise::Restart::kNo) {
    return invalid("--rm conflicts with --restart: a container is either removed or restarted");
  }
  if (!options.stop_signal.empty()) TRY(parse_signal(options.stop_signal));
  return {};
}

Result<void> check_mounts(const ContainerOptions& options) {
  for (const auto& mount : options.mounts) {
    if (!mount.target.starts_with('/')) {
      return invalid(formatted("mount target {} is not an absolute path", mount.target));
    }
    if (mount.target == "/") return invalid("nothing can be mounted over / of the container");
    if (mount.type == MountOption::Type::kVolume && !mount.source.empty()) TRY(check_name(mount.source, "volume"));
  }
  return {};
}

struct SignalName {
  std::string_view name;
  int number;
};
constexpr std::array<SignalName, 31> kSignals = {{
    {"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},   {"ILL", SIGILL},   {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT},     {"BUS", SIGBUS},   {"FPE", SIGFPE},     {"KILL", SIGKILL}, {"USR1", SIGUSR1},
    {"SEGV", SIGSEGV},     {"USR2", SIGUSR2}, {"PIPE", SIGPIPE},   {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD}, {"CONT", SIGCONT},   {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU}, {"URG", SIGURG},     {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
    {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"PWR", SIGPWR},
    {"SYS", SIGSYS},
}};

// "RTMIN+3", "RTMAX-1".
std::optional<int> parse_real_time_signal(std::string_view name) {
  const bool from_minimum = name.starts_with("RTMIN");
  if (!from_minimum && !name.starts_with("RTMAX")) return std::nullopt;
  const auto offset = name.substr(5);
  if (offset.empty()) return from_minimum ? SIGRTMIN : SIGRTMAX;
  const auto number = parse_unsigned(offset.substr(1));
  if (!number || *number > 30 || offset[0] != (from_minimum ? '+' : '-')) return std::nullopt;
  return from_minimum ? SIGRTMIN + static_cast<int>(*number) : SIGRTMAX - static_cast<int>(*number);
}

}  // namespace

Result<int> parse_signal(std::string_view text) {
  if (const auto number = parse_unsigned(text)) {
    if (*number >= 1 && *number <= 64) return static_cast<int>(*number);
  }
  std::string name;
  for (const char c : text) name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const auto& signal : kSignals) {
    if (signal.name == name) return signal.number;
  }
  if (const auto number = parse_real_time_signal(name)) return *number;
  return Failure(ErrorKind::kInvalidArgument, "Invalid signal: {}", text).with_hint("a name such as TERM, or 1 to 64");
}

Result<void> check_name(std::string_view name, std::string_view kind) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const std::string rest = std::string(kFirst) + "_.-";
  const bool good = name.size() >= 2 && kFirst.find(name[0]) != std::string_view::npos &&
                    name.find_first_not_of(rest) == std::string_view::npos;
  if (good) return {};
  return Failure(ErrorKind::kInvalidArgument,
                 "Invalid {} name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, and at least two characters", kind,
                 name);
}

Result<void> check_options(const ContainerOptions& options) {
  if (!options.name.empty()) TRY(check_name(options.name, "container"));
  TRY(check_memory(options.resources));
  TRY(check_cpu(options.resources));
  TRY(check_process_limits(options.resources));
  TRY(check_network(options));
  TRY(check_lifecycle(options));
  TRY(check_mounts(options));
  return check_userns(options);
}

}  // namespace tare::engine
