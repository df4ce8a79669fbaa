#include "cmd/tare/run_options.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "base/clock.h"
#include "cmd/tare/arguments.h"
#include "os/file.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;
using engine::MountOption;

// The words of options that need more than copying.
struct RawOptions {
  std::string cpus, cpu_shares, cpu_quota, cpu_period, memory, memory_swap, memory_reservation, pids_limit, shm_size;
  std::string oom_score_adj, stop_timeout, restart = "no", log_driver, pull;
  std::optional<std::string> entrypoint;
  std::vector<std::string> env, env_files, labels, label_files, annotations, ports, volumes, mounts, tmpfs, ulimits,
      devices, sysctls, log_options, networks;
  std::string health_command, health_interval, health_timeout, health_retries, health_start_period;
  bool no_healthcheck = false;
  bool interactive = false;
};

Error bad_option(std::string_view option, std::string_view value, std::string_view expected) {
  return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for {}: {}", value, option, expected);
}

// ---- numbers

Result<void> read_size(std::string_view option, const std::string& text, std::optional<int64_t>& target) {
  if (text.empty()) return {};
  if (text == "-1") {
    target = -1;
    return {};
  }
  const auto size = parse_size(text);
  if (!size) return bad_option(option, text, "expected a size such as 64m or 1g");
  target = static_cast<int64_t>(*size);
  return {};
}

template <typename Number>
Result<void> read_number(std::string_view option, const std::string& text, std::optional<Number>& target) {
  if (text.empty()) return {};
  const auto number = parse_signed(text);
  if (!number) return bad_option(option, text, "expected a whole number");
  target = static_cast<Number>(*number);
  return {};
}

Result<void> read_cpus(const std::string& text, std::optional<int64_t>& nano_cpus) {
  if (text.empty()) return {};
  char* end = nullptr;
  const double cpus = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !(cpus > 0) || cpus > 1e6)
    return bad_option("--cpus", text, "expected a number such as 0.5 or 2");
  const auto available = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus > static_cast<double>(available)) {
    return Failure(ErrorKind::kInvalidArgument,
                   "range of CPUs is from 0.01 to {0}.00, as there are only {0} CPUs available: --cpus {1}", available,
                   text);
  }
  nano_cpus = std::llround(cpus * 1e9);
  return {};
}

Result<void> read_resources(const RawOptions& raw, engine::Resources& resources) {
  TRY(read_cpus(raw.cpus, resources.nano_cpus));
  TRY(read_number("--cpu-shares", raw.cpu_shares, resources.cpu_shares));
  TRY(read_number("--cpu-quota", raw.cpu_quota, resources.cpu_quota));
  TRY(read_number("--cpu-period", raw.cpu_period, resources.cpu_period));
  TRY(read_size("--memory", raw.memory, resources.memory));
  TRY(read_size("--memory-swap", raw.memory_swap, resources.memory_swap));
  TRY(read_size("--memory-reservation", raw.memory_reservation, resources.memory_reservation));
  TRY(read_number("--pids-limit", raw.pids_limit, resources.pids_limit));
  TRY(read_number("--oom-score-adj", raw.oom_score_adj, resources.oom_score_adj));
  std::optional<int64_t> shm_size;
  TRY(read_size("--shm-size", raw.shm_size, shm_size));
  if (shm_size && *shm_size <= 0) return bad_option("--shm-size", raw.shm_size, "expected a size such as 64m");
  if (shm_size) resources.shm_size = static_cast<uint64_t>(*shm_size);
  return {};
}

// "nofile=1024:2048", "nproc=64".
Result<engine::Resources::Ulimit> parse_ulimit(const std::string& text) {
  const auto parts = cut(text, '=');
  if (!parts) return bad_option("--ulimit", text, "expected NAME=SOFT[:HARD]");
  const auto limits = split(parts->second, ':');
  const auto read = [](const std::string& word) -> std::optional<unsigned long long> {
    return word == "-1" ? ~0ULL : parse_unsigned(word);
  };
  const auto soft = read(limits.front());
  const auto hard = read(limits.back());
  if (!soft || !hard || limits.size() > 2) return bad_option("--ulimit", text, "limits are whole numbers or -1");
  if (*soft > *hard) return bad_option("--ulimit", text, "the soft limit is above the hard one");
  return engine::Resources::Ulimit{std::string(parts->first), *soft, *hard};
}

// ---- lists of words

// "NAME=value"; "NAME" alone takes the caller's value, and nothing when there is none.
void add_variable(std::vector<std::string>& env, const std::string& entry) {
  if (entry.find('=') != std::string::npos) {
    env.push_back(entry);
  } else if (const char* value = std::getenv(entry.c_str())) {
    env.push_back(formatted("{}={}", entry, value));
  }
}

Result<std::vector<std::string>> read_lines(const std::string& option, const std::string& path) {
  const auto text = TRY(os::read_file(path, size_t{1} << 20).context(option));
  std::vector<std::string> lines;
  for (const auto& line : split(text, '\n')) {
    const auto content = trim(line);
    if (!content.empty() && content[0] != '#') lines.emplace_back(content);
  }
  return lines;
}

Result<void> read_environment(const RawOptions& raw, ContainerOptions& options) {
  for (const auto& path : raw.env_files) {
    const auto lines = TRY(read_lines("--env-file", path));
    for (const auto& line : lines) add_variable(options.env, line);
  }
  for (const auto& entry : raw.env) {
    if (entry.empty() || entry[0] == '=') return bad_option("--env", entry, "expected NAME=VALUE");
    add_variable(options.env, entry);
  }
  return {};
}

void add_pair(std::map<std::string, std::string>& map, const std::string& entry) {
  const auto parts = cut(entry, '=');
  if (parts)
    map[std::string(parts->first)] = parts->second;
  else
    map[entry] = "";
}

Result<void> read_labels(const RawOptions& raw, ContainerOptions& options) {
  for (const auto& path : raw.label_files) {
    const auto lines = TRY(read_lines("--label-file", path));
    for (const auto& line : lines) add_pair(options.labels, line);
  }
  for (const auto& entry : raw.labels) add_pair(options.labels, entry);
  for (const auto& entry : raw.annotations) add_pair(options.annotations, entry);
  for (const auto& entry : raw.sysctls) {
    if (entry.find('=') == std::string::npos) return bad_option("--sysctl", entry, "expected NAME=VALUE");
    add_pair(options.sysctls, entry);
  }
  return {};
}

// ---- mounts

bool is_volume_option(std::string_view word) {
  for (const auto* known :
       {"ro", "rw", "z", "Z", "nocopy", "shared", "slave", "private", "rshared", "rslave", "rprivate"}) {
    if (word == known) return true;
  }
  return false;
}

Result<void> apply_volume_options(const std::string& text, MountOption& mount, const std::string& words) {
  for (const auto& word : split(words, ',')) {
    if (!is_volume_option(word)) return bad_option("--volume", text, formatted("unknown option {}", word));
    if (word == "ro")
      mount.read_only = true;
    else if (word == "rw" || word == "z" || word == "Z")
      continue;  // relabelling is for SELinux, which nothing here uses
    else
      mount.options.push_back(word);
  }
  return {};
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  const std::string result = resolved;
  std::free(resolved);
  return result;
}

// [SOURCE:]TARGET[:OPTIONS]; a source with a slash or a dot in front is a path of the host, else a volume's name.
Result<MountOption> parse_volume(const std::string& text) {
  const auto parts = split(text, ':');
  MountOption mount{.type = MountOption::Type::kVolume};
  if (parts.size() > 3 || parts.back().empty())
    return bad_option("--volume", text, "expected [SOURCE:]TARGET[:OPTIONS]");
  if (parts.size() == 1) {
    mount.target = parts[0];
    return mount;
  }
  mount.source = parts[0];
  mount.target = parts[1];
  if (mount.source.starts_with('/') || mount.source.starts_with('.') || mount.source.starts_with('~')) {
    mount.type = MountOption::Type::kBind;
    // As Docker: a path of -v that does not exist becomes a directory.
    if (!os::exists(mount.source)) TRY(os::make_directories(mount.source));
    mount.source = absolute_path(mount.source);
  }
  if (parts.size() == 3) TRY(apply_volume_options(text, mount, parts[2]));
  return mount;
}

Result<void> apply_mount_field(const std::string& text, MountOption& mount, std::string_view key,
                               std::string_view value) {
  if (key == "type") {
    if (value == "bind")
      mount.type = MountOption::Type::kBind;
    else if (value == "volume")
      mount.type = MountOption::Type::kVolume;
    else if (value == "tmpfs")
      mount.type = MountOption::Type::kTmpfs;
    else
      return bad_option("--mount", text, formatted("unsupported mount type {}", value));
  } else if (key == "source" || key == "src") {
    mount.source = value;
  } else if (key == "target" || key == "destination" || key == "dst") {
    mount.target = value;
  } else if (key == "readonly" || key == "ro") {
    mount.read_only = value.empty() || value == "true" || value == "1";
  } else if (key == "bind-propagation") {
    mount.options.emplace_back(value);
  } else if (key == "tmpfs-size") {
    const auto size = parse_size(value);
    if (!size) return bad_option("--mount", text, "tmpfs-size is a size such as 64m");
    mount.options.push_back(formatted("size={}", *size));
  } else if (key == "tmpfs-mode") {
    mount.options.push_back(formatted("mode={}", value));
  } else {
    return bad_option("--mount", text, formatted("unexpected key '{}'", key));
  }
  return {};
}

Result<MountOption> parse_mount(const std::string& text) {
  MountOption mount{.type = MountOption::Type::kVolume};
  for (const auto& field : split(text, ',')) {
    const auto parts = cut(field, '=');
    TRY(apply_mount_field(text, mount, parts ? parts->first : std::string_view(field), parts ? parts->second : ""));
  }
  if (mount.target.empty()) return bad_option("--mount", text, "target is required");
  if (mount.type == MountOption::Type::kBind && mount.source.empty()) {
    return bad_option("--mount", text, "a bind mount needs a source");
  }
  return mount;
}

MountOption parse_tmpfs(const std::string& text) {
  const auto parts = cut(text, ':');
  MountOption mount{.type = MountOption::Type::kTmpfs, .target = std::string(parts ? parts->first : text)};
  if (parts) mount.options = split(parts->second, ',');
  return mount;
}

Result<engine::DeviceOption> parse_device(const std::string& text) {
  const auto parts = split(text, ':');
  engine::DeviceOption device{.host_path = parts[0], .container_path = parts[0]};
  const auto is_permissions = [](const std::string& word) {
    return !word.empty() && word.find_first_not_of("rwm") == std::string::npos;
  };
  if (parts.size() == 2 && is_permissions(parts[1]))
    device.permissions = parts[1];
  else if (parts.size() >= 2)
    device.container_path = parts[1];
  if (parts.size() == 3) device.permissions = parts[2];
  const bool good = device.host_path.starts_with('/') && device.container_path.starts_with('/') &&
                    is_permissions(device.permissions) && parts.size() <= 3;
  if (!good) return bad_option("--device", text, "expected /HOST/PATH[:/CONTAINER/PATH][:rwm]");
  return device;
}

Result<void> read_mounts(const RawOptions& raw, ContainerOptions& options) {
  for (const auto& text : raw.volumes) options.mounts.push_back(TRY(parse_volume(text)));
  for (const auto& text : raw.mounts) options.mounts.push_back(TRY(parse_mount(text)));
  for (const auto& text : raw.tmpfs) options.mounts.push_back(parse_tmpfs(text));
  for (const auto& text : raw.devices) options.devices.push_back(TRY(parse_device(text)));
  for (const auto& text : raw.ulimits) options.resources.ulimits.push_back(TRY(parse_ulimit(text)));
  return {};
}

// ---- network, logs, life

Result<void> read_network(const RawOptions& raw, ContainerOptions& options) {
  for (const auto& text : raw.ports) {
    const auto specs = TRY(network::parse_port_mapping(text));
    options.ports.insert(options.ports.end(), specs.begin(), specs.end());
  }
  if (raw.networks.size() > 1) {
    return Error(ErrorKind::kUnsupported, "more than one --network is not supported yet");
  }
  if (!raw.networks.empty()) options.network = raw.networks.front();
  return {};
}

Result<void> read_log_option(const std::string& text, supervise::LogOptions& log) {
  const auto parts = cut(text, '=');
  if (parts && parts->first == "max-size") {
    const auto size = parse_size(parts->second);
    if (!size || *size < 1024) return bad_option("--log-opt", text, "max-size is a size of at least 1k");
    log.maximum_file_size = *size;
    return {};
  }
  if (parts && parts->first == "max-file") {
    const auto count = parse_unsigned(parts->second);
    if (!count || *count < 1 || *count > 1000) return bad_option("--log-opt", text, "max-file is 1 to 1000");
    log.maximum_files = static_cast<int>(*count);
    return {};
  }
  return Failure(ErrorKind::kUnsupported, "--log-opt {} is not supported", text).with_hint("max-size and max-file are");
}

Result<void> read_logging(const RawOptions& raw, ContainerOptions& options) {
  if (!raw.log_driver.empty()) options.log_driver = raw.log_driver;
  if (options.log_driver != "json-file" && options.log_driver != "local" && options.log_driver != "none") {
    return Failure(ErrorKind::kUnsupported, "--log-driver {} is not supported yet", options.log_driver)
        .with_hint("json-file, local (both: tare's own files) and none are");
  }
  options.log.keep = options.log_driver != "none";
  for (const auto& text : raw.log_options) TRY(read_log_option(text, options.log));
  return {};
}

Result<supervise::RestartPolicy> parse_restart(const std::string& text) {
  const auto parts = cut(text, ':');
  const auto name = parts ? parts->first : std::string_view(text);
  supervise::RestartPolicy policy;
  if (name == "no" || name.empty())
    policy.when = supervise::Restart::kNo;
  else if (name == "always")
    policy.when = supervise::Restart::kAlways;
  else if (name == "unless-stopped")
    policy.when = supervise::Restart::kUnlessStopped;
  else if (name == "on-failure")
    policy.when = supervise::Restart::kOnFailure;
  else
    return bad_option("--restart", text, "expected no, always, unless-stopped or on-failure[:N]");
  if (!parts) return policy;
  const auto retries = parse_unsigned(parts->second);
  if (!retries || policy.when != supervise::Restart::kOnFailure || *retries > 1'000'000) {
    return bad_option("--restart", text, "only on-failure takes a number of retries");
  }
  policy.maximum_retries = static_cast<int>(*retries);
  return policy;
}

Result<int64_t> read_duration(std::string_view option, const std::string& text) {
  if (text.empty()) return 0;
  const auto duration = parse_duration(text);
  if (!duration || duration->count() < 0) return bad_option(option, text, "expected a duration such as 30s");
  return duration->count();
}

Result<void> read_healthcheck(const RawOptions& raw, ContainerOptions& options) {
  if (raw.no_healthcheck) {
    options.healthcheck = oci::Healthcheck{.test = {"NONE"}};
    return {};
  }
  if (raw.health_command.empty()) return {};
  oci::Healthcheck check{.test = {"CMD-SHELL", raw.health_command}};
  check.interval = TRY(read_duration("--health-interval", raw.health_interval));
  check.timeout = TRY(read_duration("--health-timeout", raw.health_timeout));
  check.start_period = TRY(read_duration("--health-start-period", raw.health_start_period));
  std::optional<int64_t> retries;
  TRY(read_number("--health-retries", raw.health_retries, retries));
  check.retries = retries.value_or(0);
  options.healthcheck = check;
  return {};
}

Result<void> read_life(const RawOptions& raw, ContainerOptions& options) {
  options.restart = TRY(parse_restart(raw.restart));
  TRY(read_number("--stop-timeout", raw.stop_timeout, options.stop_timeout));
  return read_healthcheck(raw, options);
}

// ---- declarations

void declare_process(Arguments& arguments, RunOptions& run, RawOptions& raw) {
  auto& options = run.container;
  arguments.text("--name", options.name, "Name of the container");
  arguments.list("-e,--env", raw.env, "Set environment variables");
  arguments.list("--env-file", raw.env_files, "Read environment variables from a file");
  arguments.optional_text("--entrypoint", raw.entrypoint, "Replace the image's entrypoint");
  arguments.text("-u,--user", options.user, "User or uid, and group or gid: user[:group]");
  arguments.list("--group-add", options.group_add, "Additional groups");
  arguments.text("-w,--workdir", options.working_dir, "Working directory");
  arguments.flag("-t,--tty", options.terminal, "Give the container a terminal");
  arguments.flag("-i,--interactive", raw.interactive, "Keep standard input open");
  arguments.list("-l,--label", raw.labels, "Set labels");
  arguments.list("--label-file", raw.label_files, "Read labels from a file");
  arguments.list("--annotation", raw.annotations, "Add OCI annotations");
}

void declare_resources(Arguments& arguments, RunOptions& run, RawOptions& raw) {
  auto& resources = run.container.resources;
  arguments.text("--cpus", raw.cpus, "Number of CPUs");
  arguments.text("-c,--cpu-shares", raw.cpu_shares, "Relative weight of CPU time");
  arguments.text("--cpu-quota", raw.cpu_quota, "CPU time per period (µs)");
  arguments.text("--cpu-period", raw.cpu_period, "Period of the CPU quota (µs)");
  arguments.text("--cpuset-cpus", resources.cpuset_cpus, "CPUs to run on (0-3, 0,1)");
  arguments.text("--cpuset-mems", resources.cpuset_mems, "Memory nodes to use");
  arguments.text("-m,--memory", raw.memory, "Memory limit");
  arguments.text("--memory-swap", raw.memory_swap, "Limit of memory and swap together; -1: unlimited swap");
  arguments.text("--memory-reservation", raw.memory_reservation, "Soft memory limit");
  arguments.flag("--oom-kill-disable", resources.oom_kill_disable, "Stop instead of killing when out of memory");
  arguments.text("--oom-score-adj", raw.oom_score_adj, "Preference of the host's OOM killer (-1000 to 1000)");
  arguments.text("--pids-limit", raw.pids_limit, "Limit of processes; -1: unlimited");
  arguments.list("--ulimit", raw.ulimits, "Resource limits: NAME=SOFT[:HARD]");
  arguments.text("--shm-size", raw.shm_size, "Size of /dev/shm");
  arguments.text("--cgroup-parent", run.container.cgroup_parent, "Parent control group");
}

void declare_network(Arguments& arguments, RunOptions& run, RawOptions& raw) {
  auto& options = run.container;
  arguments.list("--network,--net", raw.networks, "none, host, container:NAME, or a network");
  arguments.list("--network-alias", options.network_aliases, "More names in the network");
  arguments.text("--ip", options.address, "IPv4 address");
  arguments.list("-p,--publish", raw.ports, "Publish ports: [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]");
  arguments.flag("-P,--publish-all", options.publish_all, "Publish all exposed ports to free ones");
  arguments.list("--expose", options.expose, "Expose ports");
  arguments.list("--dns", options.dns, "DNS servers");
  arguments.list("--dns-search", options.dns_search, "DNS search domains");
  arguments.list("--add-host", options.extra_hosts, "Add a line to /etc/hosts: NAME:ADDRESS");
  arguments.text("-h,--hostname", options.hostname, "Host name");
  arguments.text("--domainname", options.domainname, "NIS domain name");
  for (const auto* name : {"--ip6", "--mac-address", "--link", "--link-local-ip", "--dns-option"})
    arguments.refused(name);
}

void declare_storage(Arguments& arguments, RunOptions& run, RawOptions& raw) {
  arguments.list("-v,--volume", raw.volumes, "Mount a path or volume: [SOURCE:]TARGET[:ro]");
  arguments.list("--mount", raw.mounts, "Mount: type=bind|volume|tmpfs,source=…,target=…[,readonly]");
  arguments.list("--tmpfs", raw.tmpfs, "Mount a tmpfs: TARGET[:OPTIONS]");
  arguments.list("--device", raw.devices, "Add a device of the host: HOST[:CONTAINER][:rwm]");
  arguments.flag("--read-only", run.container.read_only, "Make the root file system read-only");
  for (const auto* name : {"--volumes-from", "--volume-driver", "--storage-opt", "--device-cgroup-rule", "--gpus",
                           "--device-read-bps", "--device-write-bps", "--device-read-iops", "--device-write-iops",
                           "--blkio-weight", "--blkio-weight-device", "--kernel-memory", "--memory-swappiness",
                           "--cpu-rt-period", "--cpu-rt-runtime", "--cpu-count", "--cpu-percent"}) {
    arguments.refused(name);
  }
}

void declare_security(Arguments& arguments, RunOptions& run, RawOptions& raw) {
  auto& options = run.container;
  arguments.flag("--privileged", options.privileged, "All capabilities and devices");
  arguments.list("--cap-add", options.cap_add, "Add capabilities");
  arguments.list("--cap-drop", options.cap_drop, "Drop capabilities");
  arguments.list("--security-opt", options.security_options, "no-new-privileges, seccomp=unconfined, …");
  arguments.list("--sysctl", raw.sysctls, "Kernel parameters of the container's namespaces");
  arguments.text("--pid", options.pid_mode, "host, or container:NAME");
  arguments.text("--ipc", options.ipc_mode, "host, private, or container:NAME");
  arguments.text("--uts", options.uts_mode, "host");
  arguments.text("--userns", options.userns_mode, "host, auto, or auto:size=N: ids of its own");
  for (const auto* name : {"--cgroupns", "--isolation", "--init", "--runtime", "--platform"}) {
    arguments.refused(name);
  }
}

void declare_life(Arguments& arguments, RunOptions& run, RawOptions& raw, RunKind kind) {
  auto& options = run.container;
  arguments.flag("--rm", options.auto_remove, "Remove the container when it has ended");
  arguments.text("--restart", raw.restart, "no, always, unless-stopped, on-failure[:N]");
  arguments.text("--stop-signal", options.stop_signal, "Signal of `tare stop`");
  arguments.text("--stop-timeout", raw.stop_timeout, "Seconds before `tare stop` kills");
  arguments.text("--log-driver", raw.log_driver, "json-file, local or none");
  arguments.list("--log-opt", raw.log_options, "max-size=SIZE, max-file=N");
  arguments.text("--health-cmd", raw.health_command, "Command that tells whether the container is healthy");
  arguments.text("--health-interval", raw.health_interval, "Time between checks");
  arguments.text("--health-timeout", raw.health_timeout, "Time that a check may take");
  arguments.text("--health-retries", raw.health_retries, "Failures in a row that make it unhealthy");
  arguments.text("--health-start-period", raw.health_start_period, "Time in which failures do not count");
  arguments.flag("--no-healthcheck", raw.no_healthcheck, "Ignore the image's health check");
  arguments.text("--pull", run.pull, "always, missing or never");
  arguments.text("--cidfile", run.cid_file, "Write the container's id to this file");
  arguments.flag("-q,--quiet", run.quiet, "Do not show a pull's progress");
  if (kind == RunKind::kRun) {
    arguments.flag("-d,--detach", run.detach, "Run in the background and print the id");
    arguments.flag("--sig-proxy", run.signal_proxy, "Pass signals on to the container");
  }
  arguments.refused("-a,--attach",
                    "is not supported yet: without -d stdout and stderr are attached, with -i stdin too");
  arguments.refused("--detach-keys");
  arguments.refused("--disable-content-trust");
}

Result<void> read_command(const RawOptions& raw, const std::vector<std::string>& words, RunOptions& run) {
  auto& options = run.container;
  options.image = words.front();
  options.command.assign(words.begin() + 1, words.end());
  // As Docker: an empty entrypoint resets the image's.
  if (raw.entrypoint) {
    options.entrypoint = raw.entrypoint->empty() ? std::vector<std::string>() : std::vector{*raw.entrypoint};
  }
  options.open_stdin = raw.interactive;
  options.attached = !run.detach;
  run.attach_stdin = raw.interactive && !run.detach;
  if (run.pull != "always" && run.pull != "missing" && run.pull != "never") {
    return bad_option("--pull", run.pull, "expected always, missing or never");
  }
  return {};
}

}  // namespace

Result<RunOptions> parse_run_options(const Words& words, RunKind kind) {
  RunOptions run;
  RawOptions raw;
  const auto* verb = kind == RunKind::kRun ? "run" : "create";
  Arguments arguments(
      formatted("tare {} [OPTIONS] IMAGE [COMMAND] [ARG...]", verb),
      kind == RunKind::kRun ? "Create and run a new container from an image" : "Create a new container");
  declare_process(arguments, run, raw);
  declare_resources(arguments, run, raw);
  declare_network(arguments, run, raw);
  declare_storage(arguments, run, raw);
  declare_security(arguments, run, raw);
  declare_life(arguments, run, raw, kind);
  const auto rest = TRY(arguments.parse(words, {.at_least = 1, .stop_at_first = true}));
  TRY(read_command(raw, rest, run));
  TRY(read_resources(raw, run.container.resources));
  TRY(read_environment(raw, run.container));
  TRY(read_labels(raw, run.container));
  TRY(read_mounts(raw, run.container));
  TRY(read_network(raw, run.container));
  TRY(read_logging(raw, run.container));
  TRY(read_life(raw, run.container));
  return run;
}

}  // namespace tare::cmd
