// The state of a container's processes, written to a directory (checkpoint) and made into processes again (restore), by
// the program criu. What belongs to the host is not in the images: bind mounts, the root, the network interfaces, what
// standard input, output and error are connected with. It is named when it is saved, and given anew when it is
// restored:
//
//   checkpoint                                         restore
//   mount DESTINATION is "DESTINATION"        ─────▶   "DESTINATION" is the configuration's source
//   a masked file is "/dev/null"              ─────▶   the host's
//   stream 1 is "pipe:[51]" (descriptors.json) ────▶   "pipe:[51]" is our standard output
//   the joined network is "extRootNetNS"      ─────▶   the namespace of the configuration's path
//
// Names and files are those of runc: each restores what the other has saved, as long as both mount the same. Both take
// root's rights on the host.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "runtime/runtime.h"

namespace tare::runtime {

// What criu does about cgroups below the container's own, and about limits that were changed from inside.
enum class CgroupCare { kDefault, kSoft, kFull, kStrict, kIgnore };

// What saving and restoring have to be told alike.
struct CriuSettings {
  std::string image_directory;  // made when absent
  std::string work_directory;   // for criu's log; empty: image_directory
  bool tcp_established = false;
  bool external_unix_sockets = false;
  bool shell_job = false;  // the terminal is another's
  bool file_locks = false;
  bool auto_dedup = false;
  bool lazy_pages = false;
  CgroupCare cgroup_care = CgroupCare::kDefault;
};

struct PageServer {
  std::string address;
  unsigned port = 0;
};

struct CheckpointOptions {
  const oci::RuntimeSpec& spec;
  std::string bundle;
  pid_t pid = -1;  // the container's first process
  os::Cgroup cgroup;
  CriuSettings settings;
  std::string parent_images;  // an earlier pre-dump, relative to image_directory; empty: none
  bool leave_running = false;
  bool pre_dump = false;  // memory only, and the processes go on
  bool tcp_skip_in_flight = false;
  bool link_remap = false;
  std::optional<PageServer> page_server;
  std::optional<BorrowedFd> status;  // gets one zero byte when pages can be asked for (lazy_pages)
};

// The processes are gone when this returns, unless they are left running; the cgroup and its limits are not.
// kUnsupported without criu; a failure tells criu's own errors, and the container goes on.
Result<void> checkpoint(const CheckpointOptions& options);

struct RestoreOptions {
  const oci::RuntimeSpec& spec;
  std::string id;
  std::string bundle;
  std::string scratch;  // a directory that does not exist; it does meanwhile, and the root is mounted on it
  CriuSettings settings;
  std::string lsm_profile;  // "apparmor:NAME", "selinux:LABEL"
  std::string lsm_mount_context;
};

// The result is a running child of the caller's; `console` is its terminal's master side. prestart and createRuntime
// hooks run once its namespaces are there; the later ones ran before it was saved. Moves the calling process into a
// mount namespace of its own, where what is mounted meanwhile is nobody else's. A failure leaves no process and no
// cgroup.
Result<Container> restore(const RestoreOptions& options);

}  // namespace tare::runtime
