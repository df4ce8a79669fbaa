// Files of the Container Device Interface, versions 0.1 to 1.1: what a vendor says a container needs to use his devices
// (https://github.com/cncf-tags/container-device-interface, SPEC.md). What is unknown in one is an error: an edit that
// is left out would be a device that half works.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::engine {

struct CdiDeviceNode {
  std::string path;       // in the container
  std::string host_path;  // as in the container when the file names none
  std::string type;       // "b", "c", "u", "p"; empty: as the host's
  int64_t major = 0;
  int64_t minor = 0;
  std::optional<uint32_t> file_mode;
  std::string permissions;  // of "rwm", "none"; empty: all
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
};

struct CdiEdits {
  std::vector<std::string> env;
  std::vector<CdiDeviceNode> device_nodes;
  std::vector<std::pair<std::string, std::string>> net_devices;  // name on the host, name in the container
  std::vector<std::pair<std::string, oci::Hook>> hooks;          // "createContainer", …
  std::vector<oci::Mount> mounts;
  std::optional<oci::IntelRdt> intel_rdt;
  std::vector<uint32_t> additional_gids;
};

struct CdiDevice {
  std::string name;
  CdiEdits edits;
};

struct CdiSpec {
  std::string kind;  // "vendor.com/class"
  CdiEdits edits;    // once, when any of the devices is asked for
  std::vector<CdiDevice> devices;
};

enum class CdiFormat { kJson, kYaml };
// kCorrupt and kUnsupported name the field.
Result<CdiSpec> parse_cdi_spec(std::string_view text, CdiFormat format);

// "vendor.com/class=name", as opposed to the path of a device.
bool is_cdi_name(std::string_view text);

}  // namespace tare::engine
