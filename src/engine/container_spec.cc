#include "engine/container_spec.h"

#include <algorithm>

#include "engine/cdi_devices.h"
#include "engine/security_options.h"
#include "runtime/defaults.h"

namespace tare::engine {
namespace {

using oci::NamespaceType;
using oci::RuntimeSpec;

constexpr const char* kInitPath = "/sbin/docker-init";  // where scripts and tools look for it
constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::any_of(env.begin(), env.end(), [&](const std::string& entry) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
  });
}

std::string hostname_of(const ContainerRecord& record) {
  return record.options.hostname.empty() ? record.id.substr(0, 12) : record.options.hostname;
}

// ---- process

std::vector<std::string> plan_environment(const ContainerRecord& record, const runtime::ResolvedUser& user) {
  auto env = record.env;
  const auto add = [&](std::string_view name, const std::string& entry) {
    if (!has_variable(env, name)) env.push_back(entry);
  };
  add("PATH", kDefaultPath);
  add("HOSTNAME", "HOSTNAME=" + hostname_of(record));
  if (record.options.terminal) add("TERM", "TERM=xterm");
  add("HOME", "HOME=" + user.home);
  return env;
}

std::string full_capability_name(std::string_view name) {
  std::string full;
  for (const char c : name) full += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return full.starts_with("CAP_") ? full : "CAP_" + full;
}

Result<std::string> known_capability(std::string_view name, std::string_view option) {
  const auto full = full_capability_name(name);
  const auto all = runtime::all_capabilities();
  if (std::find(all.begin(), all.end(), full) != all.end()) return full;
  auto error = Failure(ErrorKind::kInvalidArgument, "{} {}: unknown capability", option, name);
  if (const auto near = nearest(full, all)) return std::move(error).with_hint("did you mean " + near->substr(4) + "?");
  return error;
}

void set_capabilities(oci::Process& process, const std::vector<std::string>& names, bool is_root) {
  oci::Capabilities sets;
  sets.bounding = names;
  // An ordinary user starts without them, and a set-user-ID program may get them from the bounding set.
  if (is_root) sets.effective = sets.permitted = names;
  process.capabilities = sets;
}

Result<void> plan_process(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  auto& process = *spec.process;
  process.terminal = record.options.terminal;
  process.user.uid = facts.user.uid;
  process.user.gid = facts.user.gid;
  process.user.additional_gids = facts.user.additional_gids;
  if (record.options.init) process.args = {kInitPath, "--"};
  process.args.push_back(record.path);
  process.args.insert(process.args.end(), record.arguments.begin(), record.arguments.end());
  process.env = plan_environment(record, facts.user);
  process.cwd = record.working_dir.empty() ? "/" : record.working_dir;
  const auto capabilities = TRY(plan_capabilities(record.options));
  set_capabilities(process, capabilities, facts.user.uid == 0);
  process.oom_score_adj = record.options.resources.oom_score_adj;
  for (const auto& limit : record.options.resources.ulimits) {
    std::string type = "RLIMIT_";
    for (const char c : limit.name) type += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    process.rlimits.push_back({type, limit.soft, limit.hard});
  }
  return {};
}

// ---- namespaces

void set_namespace(RuntimeSpec& spec, NamespaceType type, const std::string& path) {
  auto& namespaces = spec.linux_section.namespaces;
  std::erase_if(namespaces, [&](const oci::Namespace& existing) { return existing.type == type; });
  namespaces.push_back({type, path});
}

void drop_namespace(RuntimeSpec& spec, NamespaceType type) {
  std::erase_if(spec.linux_section.namespaces, [&](const oci::Namespace& existing) { return existing.type == type; });
}

void plan_namespaces(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  const auto& options = record.options;
  if (options.network == "host") drop_namespace(spec, NamespaceType::kNetwork);
  if (options.pid_mode == "host") drop_namespace(spec, NamespaceType::kPid);
  if (options.ipc_mode == "host") drop_namespace(spec, NamespaceType::kIpc);
  if (options.uts_mode == "host") drop_namespace(spec, NamespaceType::kUts);
  if (options.cgroup_mode == "host") drop_namespace(spec, NamespaceType::kCgroup);
  if (!facts.joined_pid_namespace.empty()) set_namespace(spec, NamespaceType::kPid, facts.joined_pid_namespace);
  if (!facts.joined_ipc_namespace.empty()) set_namespace(spec, NamespaceType::kIpc, facts.joined_ipc_namespace);
  if (options.uts_mode == "host") return;
  spec.hostname = hostname_of(record);
  spec.domainname = options.domainname;
}

// ---- mounts

// A later mount at the same place replaces an earlier one, as users expect of -v over a default.
void put_mount(RuntimeSpec& spec, oci::Mount mount) {
  std::erase_if(spec.mounts, [&](const oci::Mount& other) { return other.destination == mount.destination; });
  spec.mounts.push_back(std::move(mount));
}

oci::Mount bind_mount(const std::string& source, const std::string& destination, bool read_only,
                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> options = {"rbind", read_only ? "ro" : "rw"};
  const bool propagation = std::any_of(more.begin(), more.end(), [](const std::string& option) {
    return option.ends_with("shared") || option.ends_with("slave") || option.ends_with("private");
  });
  if (!propagation) options.emplace_back("rprivate");
  options.insert(options.end(), more.begin(), more.end());
  return {.destination = destination, .type = "bind", .source = source, .options = options};
}

oci::Mount tmpfs(const MountOption& mount) {
  std::vector<std::string> options = {"nosuid", "nodev", "noexec"};
  // The user's "exec" undoes the default "noexec", whatever the order.
  for (const auto& option : mount.options) {
    if (option == "exec" || option == "suid" || option == "dev") std::erase(options, "no" + option);
    options.push_back(option);
  }
  if (mount.read_only) options.emplace_back("ro");
  return {.destination = mount.target, .type = "tmpfs", .source = "tmpfs", .options = options};
}

void plan_user_mounts(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  for (const auto& mount : record.options.mounts) {
    if (mount.type == MountOption::Type::kTmpfs) put_mount(spec, tmpfs(mount));
    if (mount.type != MountOption::Type::kBind) continue;
    put_mount(spec, bind_mount(mount.source, mount.target, mount.read_only, mount.options));
  }
  for (const auto& mount : facts.volume_mounts) put_mount(spec, mount);
}

void set_shm_size(RuntimeSpec& spec, const ContainerRecord& record) {
  if (!record.options.resources.shm_size) return;
  for (auto& mount : spec.mounts) {
    if (mount.destination != "/dev/shm") continue;
    std::erase_if(mount.options, [](const std::string& option) { return option.starts_with("size="); });
    mount.options.push_back(formatted("size={}", *record.options.resources.shm_size));
  }
}

bool user_mounts_at(const ContainerRecord& record, std::string_view target) {
  const auto& mounts = record.options.mounts;
  return std::any_of(mounts.begin(), mounts.end(), [&](const MountOption& mount) { return mount.target == target; });
}

void plan_identity_files(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  for (const char* name : {"resolv.conf", "hostname", "hosts"}) {
    const std::string target = formatted("/etc/{}", name);
    if (!user_mounts_at(record, target)) put_mount(spec, bind_mount(facts.data_directory + "/" + name, target, false));
  }
}

void plan_mounts(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  set_shm_size(spec, record);
  if (record.options.ipc_mode == "host") put_mount(spec, bind_mount("/dev/shm", "/dev/shm", false));
  plan_identity_files(spec, record, facts);
  plan_user_mounts(spec, record, facts);
}

// What the kernel refuses inside a user namespace that does not own the network, or maps one id only.
void adapt_to_user_namespace(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  const bool has_group = !facts.cgroup_path.empty();
  std::erase_if(spec.mounts, [&](const oci::Mount& mount) { return mount.type == "cgroup" && !has_group; });
  for (auto& mount : spec.mounts) {
    std::erase_if(mount.options, [](const std::string& option) { return option.starts_with("gid="); });
    if (mount.type == "sysfs" && record.options.network == "host") {
      mount = bind_mount("/sys", "/sys", true, {"nosuid", "noexec", "nodev"});
    }
  }
  spec.linux_section.resources.devices.clear();
  spec.process->oom_score_adj.reset();
}

// Files on the disk are owned as the container sees them, whatever its ids are outside.
Result<void> plan_user_namespace(RuntimeSpec& spec, const IdRange& range) {
  const auto& user = spec.process->user;
  if (user.uid >= range.size || user.gid >= range.size) {
    return Failure(ErrorKind::kInvalidArgument, "user {}:{} lies outside the {} ids of the container", user.uid,
                   user.gid, range.size)
        .with_hint(formatted("--userns=auto:size={}", std::max(user.uid, user.gid) + 1));
  }
  set_namespace(spec, NamespaceType::kUser, "");
  spec.linux_section.uid_mappings = {{0, range.first_uid, range.size}};
  spec.linux_section.gid_mappings = {{0, range.first_gid, range.size}};
  for (auto& mount : spec.mounts) {
    if (mount.type == "bind") mount.options.emplace_back("ridmap");
  }
  return {};
}

// Not `ridmap`, as other binds with ids of the container's: everybody may read and execute it, and the host's file
// system may not know mapped mounts.
void plan_init(RuntimeSpec& spec, const ContainerRecord& record, const SpecFacts& facts) {
  if (!record.options.init) return;
  put_mount(spec, {.destination = kInitPath, .type = "bind", .source = facts.init_program, .options = {"bind", "ro"}});
}

// Beside the rules for devices, which are there already.
Result<void> plan_resources(RuntimeSpec& spec, const Resources& wanted, const SpecFacts& facts) {
  auto limits = TRY(plan_limits(wanted, facts));
  limits.devices = std::move(spec.linux_section.resources.devices);
  spec.linux_section.resources = std::move(limits);
  return {};
}

}  // namespace

Result<std::vector<std::string>> plan_capabilities(const ContainerOptions& options) {
  if (options.privileged) return runtime::all_capabilities();
  auto names = runtime::default_capabilities();
  const auto is_all = [](const std::string& name) { return full_capability_name(name) == "CAP_ALL"; };
  if (std::any_of(options.cap_drop.begin(), options.cap_drop.end(), is_all)) names.clear();
  if (std::any_of(options.cap_add.begin(), options.cap_add.end(), is_all)) names = runtime::all_capabilities();
  for (const auto& name : options.cap_add) {
    if (is_all(name)) continue;
    const auto full = TRY(known_capability(name, "--cap-add"));
    if (std::find(names.begin(), names.end(), full) == names.end()) names.push_back(full);
  }
  for (const auto& name : options.cap_drop) {
    if (!is_all(name)) std::erase(names, TRY(known_capability(name, "--cap-drop")));
  }
  return names;
}

Result<RuntimeSpec> plan_spec(const ContainerRecord& record, const SpecFacts& facts) {
  auto spec = runtime::default_spec();
  if (!spec.process) spec.process.emplace();
  // Where the overlay is mounted; hooks look for the root there.
  spec.root = oci::Root{.path = facts.upper_directory, .readonly = record.options.read_only};
  TRY(plan_process(spec, record, facts));
  TRY(plan_security(spec, record.options));
  plan_namespaces(spec, record, facts);
  plan_mounts(spec, record, facts);
  TRY(plan_resources(spec, record.options.resources, facts));
  for (const auto& edits : facts.cdi_edits) apply_cdi_edits(spec, edits);
  if (facts.id_range) TRY(plan_user_namespace(spec, *facts.id_range));
  plan_init(spec, record, facts);
  TRY(plan_devices(spec, record.options, facts));
  if (facts.rootless) adapt_to_user_namespace(spec, record, facts);
  for (const auto& [name, value] : record.options.sysctls) spec.linux_section.sysctl[name] = value;
  spec.linux_section.cgroups_path = facts.cgroup_path;
  spec.annotations = record.options.annotations;
  return spec;
}

}  // namespace tare::engine
