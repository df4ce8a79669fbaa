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

using DeviceValues = std::vector<engine::Resources::DeviceValue>;
using ParseNumber = std::optional<unsigned long long> (*)(std::string_view);

// "/dev/sda:VALUE" each. The last colon parts them: names of devices by path have colons.
Result<void> read_values(std::string_view option, const std::vector<std::string>& texts, ParseNumber parse,
                         std::string_view expected, DeviceValues& values) {
  for (const auto& text : texts) {
    const auto colon = text.rfind(':');
    if (!text.starts_with("/dev/") || colon == std::string::npos) {
      return bad_option(option, text, formatted("expected /dev/NAME:{}", expected));
    }
    const auto value = parse(std::string_view(text).substr(colon + 1));
    if (!value) return bad_option(option, text, formatted("expected /dev/NAME:{}", expected));
    if (*value != 0) values.push_back({text.substr(0, colon), *value});
  }
  return {};
}

}  // namespace

void declare_devices(Arguments& arguments, DeviceWords& words, ContainerOptions& options) {
  arguments.list("--device", words.devices, "Add a device of the host: HOST[:CONTAINER][:rwm]");
  arguments.list("--device-cgroup-rule", options.device_cgroup_rules, "Allow devices by number: \"c 1:3 rw\"");
  arguments.list("--blkio-weight-device", words.weights, "Relative weight of a block device: DEVICE:WEIGHT");
  arguments.list("--device-read-bps", words.read_bps, "Limit of bytes read per second: DEVICE:SIZE");
  arguments.list("--device-write-bps", words.write_bps, "Limit of bytes written per second: DEVICE:SIZE");
  arguments.list("--device-read-iops", words.read_iops, "Limit of reads per second: DEVICE:NUMBER");
  arguments.list("--device-write-iops", words.write_iops, "Limit of writes per second: DEVICE:NUMBER");
  arguments.refused("--gpus");
}

Result<void> read_devices(const DeviceWords& words, ContainerOptions& options) {
  for (const auto& text : words.devices) options.devices.push_back(TRY(parse_device(text)));
  auto& resources = options.resources;
  TRY(read_values("--blkio-weight-device", words.weights, parse_unsigned, "WEIGHT", resources.block_weight_devices));
  TRY(read_values("--device-read-bps", words.read_bps, parse_size, "SIZE", resources.device_read_bps));
  TRY(read_values("--device-write-bps", words.write_bps, parse_size, "SIZE", resources.device_write_bps));
  TRY(read_values("--device-read-iops", words.read_iops, parse_unsigned, "NUMBER", resources.device_read_iops));
  return read_values("--device-write-iops", words.write_iops, parse_unsigned, "NUMBER", resources.device_write_iops);
}

}  // namespace tare::cmd
