// The mounts of a container as steps, and the table of mount options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/mount.h"
#include "runtime/plan/host_facts.h"
#include "runtime/plan/namespaces.h"

namespace tare::runtime {

// Options by name, sorted into what the kernel takes them as.
struct MountOptions {
  unsigned long flags = 0;  // MS_… of mount(2)
  uint64_t set = 0;         // MOUNT_ATTR_… of this mount
  uint64_t clear = 0;
  uint64_t recursive_set = 0;  // … of it and of all below it ("rro")
  uint64_t recursive_clear = 0;
  std::vector<uint64_t> propagation;  // MS_PRIVATE | MS_REC, …; in the order given
  bool bind = false;
  os::TreeDepth bind_depth = os::TreeDepth::kTop;
  bool remount = false;  // changes what is mounted there already
  bool id_mapped = false;
  os::TreeDepth id_map_depth = os::TreeDepth::kTop;
  bool copy_up = false;             // tmpcopyup: the tmpfs begins with what the image has there
  std::string file_system_options;  // "mode=755,size=65536k"
};
Result<MountOptions> parse_mount_options(const std::vector<std::string>& options);

// Whose ids are which in the container: mappings, or those of a user namespace that there is.
struct IdMap {
  std::vector<oci::IdMapping> uids;
  std::vector<oci::IdMapping> gids;
  std::string user_namespace;  // a path; empty: the mappings
};

struct MountStep {
  enum class Kind { kFileSystem, kBind, kRemount, kLink, kSeal };  // kSeal: make what is mounted there read-only
  Kind kind = Kind::kFileSystem;
  std::string destination;  // inside the container
  std::string type;
  std::string source;  // of a bind: on the host; of a link: its content
  MountOptions options;
  std::optional<IdMap> id_map{};
  std::string label{};  // of SELinux, for a file system that takes none as an option
};

// Where a container is, and what it is called: relative bind sources are relative to the bundle.
struct Place {
  std::string bundle;
  std::string cgroup_path;
  std::string id{};
};
Result<std::vector<MountStep>> plan_mounts(const oci::RuntimeSpec& spec, const HostFacts& facts,
                                           const NamespacePlan& namespaces, const Place& place);

// All that parse_mount_options() does not leave to the file system, sorted.
std::vector<std::string> mount_option_names();

// "private", "rslave", …; 0 for an unknown name.
unsigned long propagation_flag(const std::string& name);

}  // namespace tare::runtime
