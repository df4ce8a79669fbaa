// `create`: the options and the image's defaults become a record, a name, and a claim on the image.
#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "engine/core.h"
#include "engine/image_root.h"
#include "engine/security_options.h"
#include "engine/userns_mode.h"
#include "engine/writable_disk.h"
#include "os/file.h"

namespace tare::engine {
namespace {

constexpr std::array kAdjectives = {"able",  "brisk", "calm",  "deft",  "eager", "fair",  "glad",  "hardy",
                                    "jolly", "keen",  "light", "merry", "neat",  "plain", "quick", "ready",
                                    "sharp", "spry",  "swift", "tidy",  "vivid", "warm",  "wise",  "zesty"};
constexpr std::array kNouns = {"anchor", "barge",  "cable",  "crane", "crate", "davit",  "ferry", "fender",
                               "galley", "hatch",  "hawser", "jetty", "keel",  "lugger", "mast",  "packet",
                               "pier",   "pulley", "quay",   "scow",  "sling", "tiller", "wharf", "winch"};

Result<std::string> made_up_name() {
  const auto random = TRY(os::random_bytes(4));
  const auto pick = [&](size_t index) { return static_cast<unsigned char>(random[index]); };
  return formatted("{}_{}{}", kAdjectives[pick(0) % kAdjectives.size()], kNouns[pick(1) % kNouns.size()],
                   (pick(2) << 8 | pick(3)) % 10000);
}

// Later entries win, and keep the place of the first: as Docker merges the image's variables with the user's.
std::vector<std::string> merge_env(std::vector<std::string> env, const std::vector<std::string>& more) {
  for (const auto& entry : more) {
    const std::string key = entry.substr(0, entry.find('=')) + "=";
    const auto same = std::find_if(env.begin(), env.end(), [&](const auto& old) { return old.starts_with(key); });
    if (same == env.end())
      env.push_back(entry);
    else
      *same = entry;
  }
  return env;
}

// Docker: an entrypoint of the user's discards the image's command too.
Result<void> apply_command(ContainerRecord& record, const oci::ProcessDefaults& image) {
  const auto& options = record.options;
  std::vector<std::string> words =
      options.entrypoint ? *options.entrypoint : image.entrypoint.value_or(std::vector<std::string>());
  const bool own_command = !options.command.empty();
  const auto command = own_command          ? options.command
                       : options.entrypoint ? std::vector<std::string>()
                                            : image.cmd.value_or(std::vector<std::string>());
  words.insert(words.end(), command.begin(), command.end());
  if (words.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "no command specified: image {} has neither CMD nor ENTRYPOINT",
                   options.image)
        .with_hint("give the command after the image");
  }
  record.path = words.front();
  record.arguments.assign(words.begin() + 1, words.end());
  return {};
}

Result<void> apply_image(ContainerRecord& record, const store::Image& image) {
  const auto& defaults = image.config.config;
  const auto& options = record.options;
  record.image_reference = image.record.reference;
  record.manifest_digest = image.record.manifest.digest.string();
  record.config_digest = image.record.config_digest.string();
  for (const auto& diff_id : image.config.diff_ids) record.diff_ids.push_back(diff_id.string());
  TRY(apply_command(record, defaults));
  record.env = merge_env(defaults.env, options.env);
  record.working_dir = options.working_dir.empty() ? defaults.working_dir : options.working_dir;
  record.user = options.user.empty() ? defaults.user : options.user;
  record.stop_signal = options.stop_signal.empty() ? defaults.stop_signal : options.stop_signal;
  record.labels = defaults.labels;
  for (const auto& [key, value] : options.labels) record.labels[key] = value;
  record.exposed_ports.assign(defaults.exposed_ports.begin(), defaults.exposed_ports.end());
  record.exposed_ports.insert(record.exposed_ports.end(), options.expose.begin(), options.expose.end());
  if (!record.options.healthcheck) record.options.healthcheck = defaults.healthcheck;
  return {};
}

Result<void> check_platform(const store::Image& image) {
  const auto host = oci::Platform::host();
  if (image.config.platform.architecture == host.architecture || image.config.platform.architecture.empty()) return {};
  log_warning(formatted("the image's platform ({}) does not match this host's ({})", image.config.platform.string(),
                        host.string()));
  return {};
}

// VOLUME of the image, where the user mounts nothing, and -v of a path alone: an anonymous volume each.
Result<void> name_volumes(Engine& engine, ContainerRecord& record, const std::set<std::string>& image_volumes) {
  auto& mounts = record.options.mounts;
  for (const auto& target : image_volumes) {
    const bool mounted = std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) { return m.target == target; });
    if (!mounted) mounts.push_back({.type = MountOption::Type::kVolume, .source = "", .target = target});
  }
  for (auto& mount : mounts) {
    if (mount.type != MountOption::Type::kVolume) continue;
    const auto volume = TRY(engine.create_volume(mount.source));
    if (mount.source.empty()) record.anonymous_volumes.push_back(volume.name);
    mount.source = volume.name;
  }
  return {};
}

Result<void> check_bind_sources(const ContainerOptions& options) {
  for (const auto& mount : options.mounts) {
    if (mount.type != MountOption::Type::kBind || os::exists(mount.source)) continue;
    return Failure(ErrorKind::kInvalidArgument, "bind source path does not exist: {}", mount.source)
        .with_hint("make it first");
  }
  return {};
}

Result<void> check_own_ids(const ContainerOptions& options) {
  if (!is_rootless() || !TRY(parse_userns_mode(options.userns_mode)).automatic) return {};
  return Failure(ErrorKind::kUnsupported, "--userns={} needs root", options.userns_mode)
      .with_hint("containers of an ordinary user are in a user namespace anyway: leave it out");
}

Result<void> check_storage(const ContainerOptions& options) {
  if (!TRY(parse_storage_size(options)) || !is_rootless()) return {};
  return Error(ErrorKind::kUnsupported, "--storage-opt size needs root: the kernel lets nobody else mount a disk")
      .with_hint("a volume on a partition or quota of this user's own has a limit, too");
}

Result<std::string> insert_row(EngineCore& core, const ContainerRecord& record) {
  const bool chosen = !record.options.name.empty();
  auto summary = summarize(record);
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto name = summary.name = chosen ? record.options.name : TRY(made_up_name());
    auto inserted = write_summary(core, summary);
    if (inserted.ok()) return name;
    if (inserted.error().kind() != ErrorKind::kAlreadyExists) return std::move(inserted).error();
    if (!chosen) continue;
    auto query = TRY(core.database().prepare("SELECT id FROM containers WHERE name = ?"));
    query.bind(name);
    const bool found = TRY(query.step());
    return Failure(ErrorKind::kAlreadyExists,
                   "Conflict. The container name \"/{}\" is already in use by container \"{}\"", name,
                   found ? query.text(0) : "?")
        .with_hint(formatted("remove it with `tare rm {}`, rename it, or choose another name", name));
  }
  return Error(ErrorKind::kExhausted, "no free name for the container was found").with_hint("give one with --name");
}

// The lock says that somebody is still at work on the directory, which has no row yet.
Result<os::FileLock> write_files(EngineCore& core, const ContainerRecord& record) {
  const auto directory = core.data_directory(record.id);
  TRY(os::make_directories(core.paths.containers(), 0711));
  // Nobody else's way in: a set-user-id program that a container makes would run on the host (CVE-2021-41091).
  TRY(os::make_directory(directory, 0700));
  auto lock = TRY(lock_container(core, record.id));
  if (const auto size = TRY(parse_storage_size(record.options))) {
    TRY(os::make_directory(directory + "/disk", 0700));
    TRY(make_disk(directory + "/disk.img", *size));
  } else {
    TRY(os::make_directory(directory + "/upper", 0755));
    TRY(os::make_directory(directory + "/work", 0700));
  }
  TRY(os::put_file(directory + "/container.json", record.to_json(), 0600));
  return lock;
}

Result<void> check_runtime(const ContainerOptions& options) {
  const auto program = TRY(find_runtime(options.runtime));
  if (program.empty() || options.userns_mode.empty() || options.userns_mode == "host") return {};
  return Error(ErrorKind::kUnsupported, "--userns=auto needs tare's own runtime, which prepares the namespaces itself")
      .with_hint("drop --runtime or --userns");
}

}  // namespace

Result<Container> Engine::create_container(const ContainerOptions& options, const store::Image* found) {
  TRY(check_options(options));
  TRY(check_bind_sources(options));
  TRY(check_own_ids(options));
  TRY(check_storage(options));
  TRY(check_runtime(options));
  const auto image = found != nullptr ? *found : TRY(core_->store.find_image(options.image));
  TRY(check_platform(image));

  ContainerRecord record;
  record.id = TRY(make_id());
  record.created = format_rfc3339_nano(now());
  record.options = options;
  if (!options.security_options.empty()) TRY(resolve_security_options(record.options.security_options));
  TRY(apply_image(record, image));
  TRY(name_volumes(*this, record, image.config.config.volumes));

  // Files first: a row without its files would be a container that cannot be shown; files without a row are removed
  // by repair().
  ScopeGuard remove_files([&] { (void)os::remove_tree(core_->data_directory(record.id)).ok(); });
  const auto lock = TRY(write_files(*core_, record));
  auto transaction = TRY(core_->database().begin());
  const auto name = TRY(insert_row(*core_, record));
  TRY(core_->store.pin(record.id, image.record.manifest.digest));
  TRY(transaction.commit());
  remove_files.keep();
  core_->created = record;
  return Container{.record = std::move(record), .name = name, .state = {}, .endpoints = {}};
}

}  // namespace tare::engine
