#include "cmd/tare/device_options.h"

#include "cmd/tare/option_values.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;

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

}  // namespace

void declare_devices(Arguments& arguments, DeviceWords& words, ContainerOptions& /*options*/) {
  arguments.list("--device", words.devices, "Add a device of the host: HOST[:CONTAINER][:rwm]");
  for (const auto* name :
       {"--device-cgroup-rule", "--gpus", "--device-read-bps", "--device-write-bps", "--device-read-iops",
        "--device-write-iops", "--blkio-weight", "--blkio-weight-device", "--kernel-memory", "--memory-swappiness",
        "--cpu-rt-period", "--cpu-rt-runtime", "--cpu-count", "--cpu-percent"}) {
    arguments.refused(name);
  }
}

Result<void> read_devices(const DeviceWords& words, ContainerOptions& options) {
  for (const auto& text : words.devices) options.devices.push_back(TRY(parse_device(text)));
  return {};
}

}  // namespace tare::cmd
