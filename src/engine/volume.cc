// Volumes: DATA/volumes/NAME/_data. The directory is the record; there is nothing else to keep in step.
#include "base/clock.h"
#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

bool is_anonymous(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<VolumeRecord> read_volume(const EngineCore& core, const std::string& name) {
  const auto mountpoint = core.volumes_directory() + "/" + name + "/_data";
  const auto status = TRY(os::status(mountpoint));
  const TimePoint created{std::chrono::seconds(status.st_ctim.tv_sec)};
  return VolumeRecord{name, mountpoint, format_rfc3339(created), is_anonymous(name)};
}

// The containers that mount it, running or not.
Result<std::vector<std::string>> users_of(Engine& engine, const std::string& name) {
  const auto containers = TRY(engine.list_containers());
  std::vector<std::string> users;
  for (const auto& container : containers) {
    for (const auto& mount : container.record.options.mounts) {
      const bool uses = mount.type == MountOption::Type::kVolume && mount.source == name;
      if (uses) users.push_back(container.name);
    }
  }
  return users;
}

}  // namespace

Result<VolumeRecord> Engine::create_volume(const std::string& wanted) {
  const auto name = wanted.empty() ? TRY(make_id()) : wanted;
  TRY(check_name(name, "volume"));
  const auto directory = core_->volumes_directory() + "/" + name;
  TRY(os::make_directories(core_->volumes_directory(), 0711));
  TRY(os::make_directories(directory, 0700));
  TRY(os::make_directories(directory + "/_data", 0755));
  return read_volume(*core_, name);
}

Result<VolumeRecord> Engine::find_volume(const std::string& name) {
  TRY(check_name(name, "volume"));
  auto volume = read_volume(*core_, name);
  if (volume.ok() || volume.error().kind() != ErrorKind::kNotFound) return volume;
  return Failure(ErrorKind::kNotFound, "no such volume: {}", name).with_hint("see `tare volume ls`");
}

Result<std::vector<VolumeRecord>> Engine::list_volumes() {
  std::vector<VolumeRecord> volumes;
  const auto names = os::list_directory(core_->volumes_directory());
  if (!names.ok()) return volumes;
  for (const auto& name : *names) {
    auto volume = read_volume(*core_, name);
    if (volume.ok()) volumes.push_back(std::move(volume).value());
  }
  return volumes;
}

Result<void> Engine::remove_volume(const std::string& name) {
  const auto volume = TRY(find_volume(name));
  const auto users = TRY(users_of(*this, name));
  if (!users.empty()) {
    return Failure(ErrorKind::kConflict, "volume {} is in use by container {}", name, join(users, ", "))
        .with_hint("remove the container first");
  }
  return os::remove_tree(core_->volumes_directory() + "/" + name);
}

}  // namespace tare::engine
