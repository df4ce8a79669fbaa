// `start`: network, configuration, supervisor, in this order; a failure gives everything back.
#include <fcntl.h>
#include <sys/stat.h>

#include "base/scope_guard.h"
#include "engine/cdi_devices.h"
#include "engine/container_spec.h"
#include "engine/core.h"
#include "engine/device_facts.h"
#include "engine/image_root.h"
#include "engine/userns_mode.h"
#include "engine/volume_copy.h"
#include "engine/writable_disk.h"
#include "network/network.h"
#include "os/delegation.h"
#include "os/error.h"
#include "os/file.h"
#include "os/user_namespace.h"

namespace tare::engine {
namespace {

constexpr size_t kMaximumPasswd = size_t{4} << 20;

Result<store::LowerLayers> layers_of(EngineCore& core, const ContainerRecord& record) {
  std::vector<oci::Digest> diff_ids;
  for (const auto& text : record.diff_ids) diff_ids.push_back(TRY(oci::Digest::parse(text)));
  return core.store.lower_layers(diff_ids);
}

// The container's own cgroup, for an ordinary user below the one that was delegated to him; empty when none was.
Result<std::string> make_cgroup_path(const ContainerRecord& record) {
  const auto& parent = record.options.cgroup_parent;
  std::string delegated;
  if (is_rootless()) {
    const auto found = os::find_delegated_cgroup();
    if (!found && parent.empty()) return std::string();
    if (!found) {
      return Failure(ErrorKind::kUnsupported, "--cgroup-parent {}: no control group is delegated to this user", parent)
          .with_hint("on cgroup v2 `systemd-run --user --scope -p Delegate=yes tare …` gives one");
    }
    delegated = *found;
    TRY(os::make_divisible(delegated));
  }
  const bool relative = !parent.empty() && !parent.starts_with('/');
  return formatted("{}{}{}/{}", delegated, relative && !delegated.empty() ? "/" : "", parent.empty() ? "/tare" : parent,
                   record.id);
}

Result<std::string> joined_namespace(Engine& engine, const std::string& mode, const char* kind) {
  if (!mode.starts_with("container:")) return std::string();
  const auto other = TRY(engine.find_container(mode.substr(sizeof("container:") - 1)));
  if (!other.running()) {
    return Failure(ErrorKind::kConflict, "cannot join the {} namespace of container {}: it is not running", kind,
                   other.name);
  }
  return formatted("/proc/{}/ns/{}", other.state.pid, kind);
}

Result<runtime::ResolvedUser> find_user(const ContainerRecord& record, const ImageRoot& root) {
  const auto passwd = TRY(root.read("/etc/passwd", kMaximumPasswd));
  const auto group = TRY(root.read("/etc/group", kMaximumPasswd));
  return runtime::resolve_user(record.user, record.options.group_add, passwd.value_or(""), group.value_or(""));
}

Result<std::vector<oci::Mount>> volume_mounts(Engine& engine, const ContainerRecord& record, const ImageRoot& root) {
  std::vector<oci::Mount> mounts;
  for (const auto& mount : record.options.mounts) {
    if (mount.type != MountOption::Type::kVolume) continue;
    const auto volume = TRY(engine.create_volume(mount.source));
    TRY(fill_new_volume(volume.mountpoint, root, mount.target));
    mounts.push_back({.destination = mount.target,
                      .type = "bind",
                      .source = volume.mountpoint,
                      .options = {"rbind", mount.read_only ? "ro" : "rw", "rprivate"}});
  }
  return mounts;
}

Result<SpecFacts> gather_facts(EngineCore& core, Engine& engine, const ContainerRecord& record,
                               const store::LowerLayers& layers) {
  SpecFacts facts{.data_directory = core.data_directory(record.id), .rootless = is_rootless()};
  facts.upper_directory = writable_directory(facts.data_directory, record.options) + "/upper";
  const auto upper = TRY(open_upper(facts.data_directory, record.options));
  const ImageRoot root(layers, upper.path);
  facts.user = TRY(find_user(record, root));
  facts.cgroup_path = TRY(make_cgroup_path(record));
  if (record.options.resources.memory) facts.swap_accounting = has_swap_accounting();
  facts.joined_pid_namespace = TRY(joined_namespace(engine, record.options.pid_mode, "pid"));
  facts.joined_ipc_namespace = TRY(joined_namespace(engine, record.options.ipc_mode, "ipc"));
  facts.volume_mounts = TRY(volume_mounts(engine, record, root));
  if (record.options.init) facts.init_program = TRY(os::find_own_program("tare-init"));
  TRY(read_devices(record.options, facts));
  facts.cdi_edits = TRY(find_cdi_edits(record.options.cdi_devices, cdi_directories()).context("--device"));
  const auto userns = TRY(parse_userns_mode(record.options.userns_mode));
  if (userns.automatic) facts.id_range = TRY(take_id_range(core, record.id, userns.size));
  return facts;
}

// The namespaces of a container with ids of its own. That of the network belongs to them too: its root may bind low
// ports and send pings there.
Result<os::OwnNamespaces> make_own_namespaces(const ContainerRecord& record, const std::optional<IdRange>& range) {
  if (!range) return os::OwnNamespaces{};
  const auto& network = record.options.network;
  const bool bridged = network != "none" && network != "host" && !network.starts_with("container:");
  return os::make_user_namespace({.uids = formatted("0 {} {}\n", range->first_uid, range->size),
                                  .gids = formatted("0 {} {}\n", range->first_gid, range->size)},
                                 bridged ? os::NetworkNamespace::kNew : os::NetworkNamespace::kNone);
}

Result<void> write_identity(const std::string& directory, const ContainerRecord& record,
                            const PreparedNetwork& network) {
  const auto& options = record.options;
  const auto hostname = options.hostname.empty() ? record.id.substr(0, 12) : options.hostname;
  TRY(os::put_file(directory + "/hostname", hostname + "\n"));
  TRY(os::put_file(directory + "/hosts", network.hosts));
  return os::put_file(directory + "/resolv.conf", network.resolv_conf);
}

Result<supervise::Config> plan_supervisor(EngineCore& core, const ContainerRecord& record,
                                          const store::LowerLayers& layers, const std::string& cgroup_path) {
  const auto& options = record.options;
  const auto directory = core.data_directory(record.id);
  const bool has_disk = !options.storage_options.empty();
  const auto writable = writable_directory(directory, options);
  supervise::Config config{.container_id = record.id,
                           .data_directory = directory,
                           .run_directory = core.run_directory(record.id),
                           .cgroup_path = cgroup_path};
  config.runtime = TRY(find_runtime(options.runtime));
  config.overlay = supervise::OverlayRoot{.lower_directory = layers.directory,
                                          .lower_names = layers.names,
                                          .upper = writable + "/upper",
                                          .work = writable + "/work",
                                          .disk = has_disk ? directory + "/disk.img" : "",
                                          .volatile_upper = options.auto_remove};
  config.terminal = options.terminal;
  config.open_stdin = options.open_stdin;
  config.stdin_once = options.open_stdin && options.attach_stdin;
  config.log = options.log;
  config.restart = options.restart;
  config.healthcheck = options.healthcheck;
  config.seccomp_cache = core.paths.run + "/seccomp";
  config.cleanup_command = {TRY(os::find_own_program("tare")),
                            "--root",
                            core.paths.data,
                            "--run-root",
                            core.paths.run,
                            "container",
                            "cleanup",
                            record.id};
  return config;
}

}  // namespace

Result<supervise::StartedSupervisor> Engine::start_container(const std::string& id, Attach attach,
                                                             std::optional<EarlyStart> early) {
  const auto lock = TRY(lock_container(*core_, id));
  const auto container = TRY(find_container(id));
  const auto& record = container.record;
  if (container.running()) return Failure(ErrorKind::kConflict, "container {} is already running", container.name);
  if (!early) early = TRY(EarlyStart::begin(core_->paths, record.options));
  const bool is_first_start = core_->created && core_->created->id == record.id;
  if (!is_first_start) TRY(release_network(*core_, record.id));  // of a run whose supervisor was killed

  const auto directory = core_->data_directory(record.id);
  const auto layers = TRY(layers_of(*core_, record));
  const auto facts = TRY(gather_facts(*core_, *this, record, layers));
  const auto spec = TRY(plan_spec(record, facts));

  TRY(early->supervisor.settle());  // a user namespace can be entered by the only thread
  auto own = TRY(make_own_namespaces(record, facts.id_range));
  auto network_namespace = TRY(early->take_network_namespace());
  if (own.network.valid()) {
    TRY(network::set_up_namespace(own.network));
    network_namespace = std::move(own.network);
  }
  auto network = TRY(prepare_network(*core_, *this, container, std::move(network_namespace)));
  if (own.user.valid()) network.inheritance.user_namespace = std::move(own.user);
  ScopeGuard release([&] { (void)release_network(*core_, record.id).ok(); });
  TRY(write_identity(directory, record, network));
  TRY(os::put_file(directory + "/config.json", spec.to_json(), 0600));
  TRY(os::make_directories(core_->paths.run_containers(), 0711));
  const auto config = TRY(plan_supervisor(*core_, record, layers, facts.cgroup_path));
  auto started =
      TRY(supervise::start(std::move(early->supervisor), config, network.inheritance, attach == Attach::kOutput));
  release.keep();
  return started;
}

Result<oci::RuntimeSpec> Engine::container_spec(const Container& container) {
  const auto& record = container.record;
  const auto layers = TRY(layers_of(*core_, record));
  const auto facts = TRY(gather_facts(*core_, *this, record, layers));
  return plan_spec(record, facts);
}

}  // namespace tare::engine
