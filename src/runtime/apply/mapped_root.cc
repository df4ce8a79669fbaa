#include "runtime/apply/mapped_root.h"

#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oci/id_mapping.h"
#include "os/capability.h"
#include "os/clone.h"
#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/mount.h"
#include "runtime/init/rootfs.h"

namespace tare::runtime {
namespace {

struct MappedOverlay {
  const OverlayRoot& overlay;
  BorrowedFd user_namespace;
  uint32_t root_uid = 0;  // the container's root as the host sees it
  uint32_t root_gid = 0;
};

// Puts a directory, mapped, over itself: whoever names a path below it gets the mapped mount.
Result<void> map_in_place(const std::string& directory, BorrowedFd user_namespace) {
  const UniqueFd tree = TRY(os::clone_tree(directory, os::TreeDepth::kTop));
  TRY(os::map_ids(tree, os::TreeDepth::kTop, user_namespace, directory));
  const UniqueFd target = TRY(os::open(directory, O_PATH | O_DIRECTORY));
  return os::attach_tree(tree, target, directory);
}

// overlayfs makes its own files as who mounts it, and in a mapped mount only mapped ids can own any. The capabilities
// over files, which go with the file system user's id, are taken back.
Result<void> act_as_root_of_container(const MappedOverlay& mapped) {
  ::setfsgid(mapped.root_gid);
  ::setfsuid(mapped.root_uid);
  const uint64_t held = os::held_capabilities();
  return os::set_capabilities({.effective = held, .permitted = held});
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// In a mount namespace of its own: until Linux 6.15 overlayfs takes only layers that are attached somewhere.
Result<UniqueFd> mount_in_private(const MappedOverlay& mapped) {
  const OverlayRoot& overlay = mapped.overlay;
  TRY(os::set_propagation("/", MS_PRIVATE | MS_REC));
  TRY(map_in_place(overlay.lower_directory, mapped.user_namespace));
  if (!overlay.upper.empty()) TRY(map_in_place(parent_of(overlay.upper), mapped.user_namespace));
  if (overlay.upper.empty() && overlay.lower_names.size() == 1) {
    const std::string layer = overlay.lower_directory + "/" + overlay.lower_names.front();
    UniqueFd tree = TRY(os::clone_tree(layer, os::TreeDepth::kTop));
    TRY(os::set_mount_attributes(tree, os::TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, layer));
    return tree;
  }
  const std::string options = TRY(overlay_options(overlay, false));
  TRY(os::change_directory(overlay.lower_directory));
  TRY(act_as_root_of_container(mapped));
  TRY(os::mount_file_system({"overlay", "overlay", 0, options}, overlay.lower_directory));
  return os::clone_tree(overlay.lower_directory, os::TreeDepth::kTop);
}

[[noreturn]] void run_mounter(const MappedOverlay& mapped, BorrowedFd report) {
  const auto tree = mount_in_private(mapped);
  if (tree.ok()) {
    (void)os::send_message(report, "M", BorrowedFd(*tree)).ok();
  } else {
    (void)os::send_message(report, "E" + encode_error(tree.error())).ok();
  }
  ::_exit(0);
}

Result<UniqueFd> mount_mapped_overlay(const MappedOverlay& mapped) {
  auto ends = TRY(os::packet_socket_pair());
  const os::Clone mounter = TRY(os::clone_process({.namespaces = CLONE_NEWNS}));
  if (mounter.pid == 0) {
    ends.first.reset();
    run_mounter(mapped, ends.second);
  }
  ends.second.reset();
  auto report = os::receive_message(ends.first);
  os::retry_interrupted([&] { return ::waitpid(mounter.pid, nullptr, 0); });
  if (!report.ok()) return std::move(report).error();
  if (report->bytes.starts_with('E')) return decode_error(std::string_view(report->bytes).substr(1));
  if (report->descriptor.valid()) return std::move(report->descriptor);
  return Failure(ErrorKind::kInternal, "the process that mounts the image ended without a word");
}

}  // namespace

Result<UniqueFd> open_mapped_root(const CreateOptions& options) {
  if (!options.user_namespace || !options.overlay) return UniqueFd();
  const auto& section = options.spec.linux_section;
  const auto root_uid = oci::host_id(section.uid_mappings, 0);
  const auto root_gid = oci::host_id(section.gid_mappings, 0);
  if (!root_uid || !root_gid) {
    return Failure(ErrorKind::kInvalidArgument, "linux.uidMappings and gidMappings: the container's root is missing");
  }
  const MappedOverlay mapped{*options.overlay, *options.user_namespace, *root_uid, *root_gid};
  return mount_mapped_overlay(mapped).context("root file system");
}

}  // namespace tare::runtime
