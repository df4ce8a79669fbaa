#include "engine/device_facts.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "os/cgroup.h"
#include "os/file.h"

namespace tare::engine {
namespace {

oci::Device device_node(const struct stat& status, const std::string& container_path) {
  return {.type = S_ISCHR(status.st_mode) ? "c" : "b",
          .path = container_path,
          .major = ::major(status.st_rdev),
          .minor = ::minor(status.st_rdev),
          .file_mode = status.st_mode & 07777,
          .uid = status.st_uid,
          .gid = status.st_gid};
}

bool is_device(const struct stat& status) { return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode); }

// As Docker: of a directory every device in it and below.
Result<void> collect_devices(const std::string& host_path, const std::string& container_path,
                             std::vector<HostDevice>& devices) {
  const auto names = TRY(os::list_directory(host_path));
  for (const auto& name : names) {
    const auto child = host_path + "/" + name;
    const auto status = os::link_status(child);
    if (!status.ok()) continue;  // it went meanwhile
    if (S_ISDIR(status->st_mode)) TRY(collect_devices(child, container_path + "/" + name, devices));
    if (is_device(*status)) devices.push_back({child, device_node(*status, container_path + "/" + name)});
  }
  return {};
}

Result<std::vector<HostDevice>> read_device(const DeviceOption& option) {
  const auto status = TRY(os::status(option.host_path).context("--device"));
  std::vector<HostDevice> devices;
  if (S_ISDIR(status.st_mode)) {
    TRY(collect_devices(option.host_path, option.container_path, devices));
  } else if (is_device(status)) {
    devices.push_back({option.host_path, device_node(status, option.container_path)});
  }
  if (!devices.empty()) return devices;
  return Failure(ErrorKind::kInvalidArgument, "--device {}: not a device node", option.host_path);
}

// What a container has of its own, or nobody but its owner may use; the names are Docker's.
bool is_left_out(const std::string& name) {
  constexpr std::array<std::string_view, 9> kNames = {"console", "ptmx", "pts",         "shm",  "fd",
                                                      "mqueue",  ".lxc", ".lxd-mounts", ".udev"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Devices come and go meanwhile.
void collect_host_devices(const std::string& directory, std::vector<oci::Device>& devices) {
  const auto names = os::list_directory(directory);
  if (!names.ok()) return;
  for (const auto& name : *names) {
    const auto path = directory + "/" + name;
    const auto status = os::link_status(path);
    if (!status.ok() || is_left_out(name)) continue;
    if (S_ISDIR(status->st_mode)) collect_host_devices(path, devices);
    if (is_device(*status)) devices.push_back(device_node(*status, path));
  }
}

Result<void> read_block_devices(const char* option, const std::vector<Resources::DeviceValue>& values,
                                SpecFacts& facts) {
  for (const auto& value : values) {
    const auto status = TRY(os::status(value.path).context(option));
    if (!S_ISBLK(status.st_mode)) {
      return Failure(ErrorKind::kInvalidArgument, "{} {}: not a block device", option, value.path)
          .with_hint("lsblk lists disks such as /dev/sda");
    }
    facts.block_devices[value.path] = {::major(status.st_rdev), ::minor(status.st_rdev)};
  }
  return {};
}

}  // namespace

Result<void> read_devices(const ContainerOptions& options, SpecFacts& facts) {
  if (options.privileged && !facts.rootless) collect_host_devices("/dev", facts.host_devices);
  for (const auto& device : options.devices) facts.devices.push_back(TRY(read_device(device)));
  const auto& resources = options.resources;
  TRY(read_block_devices("--blkio-weight-device", resources.block_weight_devices, facts));
  TRY(read_block_devices("--device-read-bps", resources.device_read_bps, facts));
  TRY(read_block_devices("--device-write-bps", resources.device_write_bps, facts));
  TRY(read_block_devices("--device-read-iops", resources.device_read_iops, facts));
  return read_block_devices("--device-write-iops", resources.device_write_iops, facts);
}

bool has_swap_accounting() {
  const auto layout = os::read_cgroup_layout();
  if (!layout.ok() || layout->version == os::CgroupVersion::kV2) return true;
  const auto* memory = layout->find("memory");
  return memory != nullptr && os::exists(memory->mount_point + "/memory.memsw.limit_in_bytes");
}

}  // namespace tare::engine
