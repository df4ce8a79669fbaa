#include "runtime/plan/net_devices.h"

#include <net/if.h>
#include <sched.h>

#include <set>

namespace tare::runtime {
namespace {

// As the kernel's dev_valid_name(), whose answer would be EINVAL.
bool is_device_name(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
         name.find_first_of("/: \t\n\v\f\r") == std::string::npos;
}

}  // namespace

Result<std::vector<NetDeviceMove>> plan_net_devices(const oci::LinuxSection& section, const NamespacePlan& namespaces) {
  std::vector<NetDeviceMove> moves;
  std::set<std::string> names;
  for (const auto& [host_name, device] : section.net_devices) {
    const std::string& name = device.name.empty() ? host_name : device.name;
    const std::string property = "linux.netDevices." + host_name;
    if (!namespaces.creates_or_joins(CLONE_NEWNET)) {
      return Failure(ErrorKind::kInvalidArgument, "{} needs a network namespace of the container's own", property);
    }
    if (!is_device_name(name)) {
      return Failure(ErrorKind::kInvalidArgument, "{}: {} is no name of a network device", property, name);
    }
    const bool is_template = name.find("%d") != std::string::npos;
    if (!is_template && !names.insert(name).second) {
      return Failure(ErrorKind::kInvalidArgument, "{}: two devices cannot both be {}", property, name);
    }
    moves.push_back({host_name, name});
  }
  return moves;
}

}  // namespace tare::runtime
