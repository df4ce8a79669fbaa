#include "cmd/tare/device_options.h"

#include "cmd/tare/option_values.h"
#include "engine/cdi_spec.h"

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

constexpr const char* kGpuKind = "nvidia.com/gpu=";

Result<void> add_first_gpus(const std::string& text, std::string_view count, std::vector<std::string>& names) {
  constexpr unsigned long long kMost = 1024;
  const auto number = parse_unsigned(count);
  if (count == "all" || count == "-1") {
    names.push_back(std::string(kGpuKind) + "all");
  } else if (number && *number > 0 && *number <= kMost) {
    for (unsigned long long index = 0; index < *number; ++index) names.push_back(formatted("{}{}", kGpuKind, index));
  } else {
    return bad_option("--gpus", text, "expected all, or how many");
  }
  return {};
}

// Docker's words: all, N, count=N, and device=ID,ID, which its users write in quotes within quotes because commas
// part the keys, too.
Result<void> read_gpus(const std::string& typed, std::vector<std::string>& names) {
  std::string text = typed;
  std::erase(text, '"');
  if (text.find('=') == std::string::npos) return add_first_gpus(typed, text, names);
  std::string key;
  for (const auto& field : split(text, ',')) {
    const auto parts = cut(field, '=');
    if (parts) key = parts->first;
    const std::string value(parts ? parts->second : std::string_view(field));
    if (key == "count") {
      TRY(add_first_gpus(typed, value, names));
    } else if (key == "device" && engine::is_cdi_name(kGpuKind + value)) {
      names.push_back(kGpuKind + value);
    } else if (key != "driver" || (value != "nvidia" && value != "cdi")) {
      return bad_option("--gpus", typed, formatted("{} is not understood; count=N and device=ID are", field));
    }
  }
  if (names.empty()) return bad_option("--gpus", typed, "it names no GPU");
  return {};
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
  arguments.text("--gpus", words.gpus, "GPUs of NVIDIA, by CDI: all, a number, or device=ID[,ID...]");
}

Result<void> read_devices(const DeviceWords& words, ContainerOptions& options) {
  for (const auto& text : words.devices) {
    if (engine::is_cdi_name(text))
      options.cdi_devices.push_back(text);
    else
      options.devices.push_back(TRY(parse_device(text)));
  }
  if (!words.gpus.empty()) TRY(read_gpus(words.gpus, options.cdi_devices));
  auto& resources = options.resources;
  TRY(read_values("--blkio-weight-device", words.weights, parse_unsigned, "WEIGHT", resources.block_weight_devices));
  TRY(read_values("--device-read-bps", words.read_bps, parse_size, "SIZE", resources.device_read_bps));
  TRY(read_values("--device-write-bps", words.write_bps, parse_size, "SIZE", resources.device_write_bps));
  TRY(read_values("--device-read-iops", words.read_iops, parse_unsigned, "NUMBER", resources.device_read_iops));
  return read_values("--device-write-iops", words.write_iops, parse_unsigned, "NUMBER", resources.device_write_iops);
}

}  // namespace tare::cmd
