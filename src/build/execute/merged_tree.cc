#include "build/execute/merged_tree.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>
#include <thread>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"

namespace tare::build {
namespace {

// metacopy and redirect_dir off: an upper directory with either would not be a layer that others understand.
std::string mount_options(const store::LowerLayers& lower, const StepDirectory& step, TreeAccess access) {
  // An overlay without an upper directory needs two lower ones, and one of nothing needs one.
  const auto layers = lower.names.empty() ? "" : join(lower.names, ":") + ":";
  auto options = formatted("lowerdir={}{}", layers, step.empty());
  if (access == TreeAccess::kWritable) options += formatted(",upperdir={},workdir={}", step.upper(), step.work());
  options += os::in_user_namespace() ? ",userxattr" : ",metacopy=off,redirect_dir=off,index=off";
  return options;
}

// Runs on a thread of its own, whose mount namespace and working directory end with it.
Result<UniqueFd> mount_detached(const store::LowerLayers& lower, const StepDirectory& step, TreeAccess access) {
  TRY(os::unshare(CLONE_NEWNS | CLONE_FS));
  TRY(os::set_propagation("/", MS_REC | MS_PRIVATE));
  // Layers have short names below one directory: mount options end at a page.
  if (!lower.names.empty()) TRY(os::change_directory(lower.directory));
  const os::FileSystemMount mount{
      .type = "overlay", .source = "overlay", .options = mount_options(lower, step, access)};
  TRY(os::mount_file_system(mount, step.mount_point()));
  const auto tree = TRY(os::clone_tree(step.mount_point(), os::TreeDepth::kTop));
  return os::open_at(tree, ".", O_RDONLY | O_DIRECTORY);
}

}  // namespace

Result<StepDirectory> StepDirectory::create(const std::string& work_directory) {
  StepDirectory step(TRY(os::make_temporary_directory(work_directory, "step-")));
  for (const auto& path : {step.upper(), step.work(), step.empty(), step.mount_point()}) {
    TRY(os::make_directory(path, 0755));
  }
  // Whatever the umask: this becomes the mode of the image's "/".
  if (::chmod(step.upper().c_str(), 0755) != 0) return os::last_error("change mode of", step.upper());
  return step;
}

StepDirectory::~StepDirectory() {
  // What cannot be removed now goes when the store next finds the work directory unused.
  if (!path_.empty()) (void)os::remove_tree(path_).ok();
}

Result<UniqueFd> open_merged_tree(const store::LowerLayers& lower, const StepDirectory& step, TreeAccess access) {
  std::optional<Result<UniqueFd>> result;
  std::thread([&] { result = mount_detached(lower, step, access); }).join();
  return std::move(*result).context("open the file system of the layers so far");
}

}  // namespace tare::build
