// tare-image unpack IMAGE DIR: the image's files in DIR/rootfs, for OCI bundles. The configuration beside it is made by
// `tare`, which knows how.
#include "cmd/tare-image/commands.h"
#include "cmd/tare/arguments.h"
#include "os/file.h"
#include "os/paths.h"
#include "store/merge_layers.h"
#include "store/store.h"

namespace tare::image {
namespace {

Result<std::string> make_rootfs(const std::string& directory) {
  const std::string rootfs = directory + "/rootfs";
  TRY(os::make_directories(directory));
  auto made = os::make_directory(rootfs);
  if (made.ok()) return rootfs;
  if (made.error().kind() != ErrorKind::kAlreadyExists) return std::move(made).error();
  if (TRY(os::list_directory(rootfs)).empty()) return rootfs;
  return Failure(ErrorKind::kAlreadyExists, "{} is not empty", rootfs).with_hint("choose another directory");
}

}  // namespace

Result<int> run_unpack(const std::vector<std::string>& words) {
  cmd::Arguments arguments("tare-image unpack IMAGE DIR", "Unpack an image's layers into DIR/rootfs");
  const auto names = arguments.parse(words, {.at_least = 2, .at_most = 2});
  if (!names.ok()) return exit_for_usage(names.error());

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  const auto lease = TRY(store.lease());
  const auto image = TRY(store.find_image(names->at(0)));
  const auto layers = TRY(store.lower_layers(image.config.diff_ids));
  const std::string rootfs = TRY(make_rootfs(names->at(1)));
  TRY(store::merge_layers(layers, rootfs));
  return 0;
}

}  // namespace tare::image
