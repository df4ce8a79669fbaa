#include "runtime/plan/device_nodes.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

namespace tare::runtime {
namespace {

struct CharacterDevice {
  const char* path;
  unsigned major;
  unsigned minor;
};

constexpr CharacterDevice kDefaultDevices[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                                               {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};

Result<DeviceNode> plan_node(const oci::Device& device) {
  DeviceNode node{device.path, static_cast<mode_t>(device.file_mode.value_or(0666) & 07777), 0, device.uid.value_or(0),
                  device.gid.value_or(0)};
  if (device.type == "c" || device.type == "u") {
    node.mode |= S_IFCHR;
  } else if (device.type == "b") {
    node.mode |= S_IFBLK;
  } else if (device.type == "p") {
    node.mode |= S_IFIFO;
  } else {
    return Failure(ErrorKind::kInvalidArgument, "linux.devices: {} is no device type ({})", device.type, device.path);
  }
  if (!device.path.starts_with('/')) {
    return Failure(ErrorKind::kInvalidArgument, "linux.devices: path {} is not absolute", device.path);
  }
  node.number = makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
  return node;
}

}  // namespace

Result<std::vector<DeviceNode>> plan_device_nodes(const std::vector<oci::Device>& asked) {
  std::vector<DeviceNode> nodes;
  for (const auto& device : asked) nodes.push_back(TRY(plan_node(device)));
  for (const auto& device : kDefaultDevices) {
    const bool replaced =
        std::any_of(asked.begin(), asked.end(), [&](const auto& own) { return own.path == device.path; });
    if (!replaced) nodes.push_back({device.path, S_IFCHR | 0666, makedev(device.major, device.minor), 0, 0});
  }
  return nodes;
}

const std::vector<std::pair<std::string, std::string>>& default_device_links() {
  static const std::vector<std::pair<std::string, std::string>> kLinks = {{"/dev/fd", "/proc/self/fd"},
                                                                          {"/dev/stdin", "/proc/self/fd/0"},
                                                                          {"/dev/stdout", "/proc/self/fd/1"},
                                                                          {"/dev/stderr", "/proc/self/fd/2"},
                                                                          {"/dev/core", "/proc/kcore"}};
  return kLinks;
}

std::vector<oci::DeviceRule> effective_device_rules(const std::vector<oci::DeviceRule>& asked) {
  std::vector<oci::DeviceRule> rules = asked;
  // Old configurations have an "a" (all) there, which the kernel does not know; alone it is what an absent access is.
  for (auto& rule : rules) std::erase(rule.access, 'a');
  rules.push_back({true, "c", {}, {}, "m"});
  rules.push_back({true, "b", {}, {}, "m"});
  for (const auto& device : kDefaultDevices) rules.push_back({true, "c", device.major, device.minor, "rwm"});
  rules.push_back({true, "c", 5, 1, "rwm"});     // /dev/console
  rules.push_back({true, "c", 5, 2, "rwm"});     // /dev/ptmx
  rules.push_back({true, "c", 136, {}, "rwm"});  // /dev/pts/*
  return rules;
}

}  // namespace tare::runtime
