#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "engine/container_options.h"
#include "engine/container_spec.h"
#include "engine/userns_mode.h"
#include "engine/writable_disk.h"

namespace tare::engine {
namespace {

Error invalid(std::string_view text, std::string_view hint = {}) {
  return Error(ErrorKind::kInvalidArgument, std::string(text)).with_hint(hint);
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

Result<void> check_mode(std::string_view option, const std::string& mode, const std::vector<std::string>& known) {
  const bool joins = known.back() == "container:NAME" && mode.starts_with("container:") && !mode.ends_with(':');
  if (mode.empty() || joins || std::find(known.begin(), known.end(), mode) != known.end()) return {};
  return invalid(formatted("{} {}: unknown mode", option, mode), "known: " + join(known, ", "));
}

Result<void> check_namespaces(const ContainerOptions& options) {
  TRY(check_mode("--pid", options.pid_mode, {"host", "container:NAME"}));
  // Every container's can be joined: private and shareable are one.
  TRY(check_mode("--ipc", options.ipc_mode, {"host", "private", "shareable", "container:NAME"}));
  return check_mode("--uts", options.uts_mode, {"host"});
}

Result<void> check_lifecycle(const ContainerOptions& options) {
  if (options.auto_remove && options.restart.when != supervise::Restart::kNo) {
    return invalid("--rm conflicts with --restart: a container is either removed or restarted");
  }
  if (!options.stop_signal.empty()) TRY(parse_signal(options.stop_signal));
  if (options.init && !options.pid_mode.empty()) {
    return invalid(formatted("--init conflicts with --pid {}: there is a first process already", options.pid_mode),
                   "drop one of them");
  }
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

Result<void> check_devices(const ContainerOptions& options) {
  for (const auto& rule : options.device_cgroup_rules) TRY(parse_device_rule(rule));
  if (options.cgroup_mode.empty() || options.cgroup_mode == "host" || options.cgroup_mode == "private") return {};
  return invalid(formatted("--cgroupns {}: invalid CGROUP mode", options.cgroup_mode), "host and private are");
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
  TRY(check_resources(options.resources));
  TRY(check_devices(options));
  TRY(check_network(options));
  TRY(check_namespaces(options));
  TRY(check_lifecycle(options));
  TRY(check_mounts(options));
  TRY(parse_storage_size(options));
  return check_userns(options);
}

}  // namespace tare::engine
