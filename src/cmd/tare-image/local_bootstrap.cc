// tare image bootstrap NAME[:TAG]: a base image from distribution packages, without any registry.
//
// mmdebstrap writes the root file system as an archive to a pipe; it is unpacked and compressed in one pass. With
// SOURCE_DATE_EPOCH set, the same packages give the same image id.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/local_suite.h"
#include "cmd/tare/arguments.h"
#include "os/error.h"
#include "os/file.h"
#include "os/paths.h"
#include "os/process.h"
#include "store/store.h"

namespace tare::image {
namespace {

cmd::Arguments declare(BootstrapOptions& options) {
  cmd::Arguments arguments("tare image bootstrap [OPTIONS] NAME[:TAG]", "Make a base image from distribution packages");
  arguments.list("--include", options.include, "Further packages, separated by commas");
  arguments.text("--suite", options.suite, "Release of the distribution (default: what the tag ends in)");
  arguments.text("--mirror", options.mirror, "Where packages come from: a URL, or a sources.list");
  arguments.text("--variant", options.variant, "Set of packages, as mmdebstrap has it (default minbase)");
  arguments.flag("-q,--quiet", options.quiet, "Only print the image's id");
  return arguments;
}

Result<bool> is_installed(const std::string& program) {
  const char* const path = std::getenv("PATH");
  for (const auto& directory : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    if (::access(formatted("{}/{}", directory, program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return os::last_error("make", "pipe");
  return Pipe{.read = UniqueFd(fds[0]), .write = UniqueFd(fds[1])};
}

// An archive that ends early because mmdebstrap failed is reported as that failure, not as damage.
Result<store::CommittedLayer> run_mmdebstrap(store::Store& store, const std::vector<std::string>& arguments) {
  auto pipe = TRY(make_pipe());
  const auto child =
      TRY(os::spawn({.arguments = arguments, .descriptors = {{.from = BorrowedFd(pipe.write), .as = STDOUT_FILENO}}}));
  pipe.write.reset();
  os::FdSource archive(pipe.read, "the archive of mmdebstrap");
  auto layer = store.commit_layer_tar(archive);
  pipe.read.reset();
  const auto status = TRY(os::wait(child));
  if (status.shell_code() != 0 && (layer.ok() || layer.error().kind() == ErrorKind::kCorrupt)) {
    return Failure(ErrorKind::kUnavailable, "mmdebstrap failed with exit code {}", status.shell_code())
        .with_hint("its messages are above; `--suite` and `--mirror` say what is fetched from where");
  }
  return layer;
}

Result<std::string> creation_time() {
  const char* const epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr) return format_rfc3339_nano(now());
  const auto seconds = parse_signed(epoch);
  if (!seconds) return Failure(ErrorKind::kInvalidArgument, "SOURCE_DATE_EPOCH is no number: '{}'", epoch);
  return format_rfc3339(TimePoint(std::chrono::seconds(*seconds)));
}

oci::ImageConfig make_config(const oci::Digest& diff_id, const std::string& created, const std::string& created_by) {
  oci::ImageConfig config;
  config.platform = oci::Platform::host();
  config.created = created;
  config.config.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  config.config.cmd = std::vector<std::string>{"bash"};
  config.diff_ids = {diff_id};
  config.history = {{.created = created, .created_by = created_by}};
  return config;
}

}  // namespace

Result<int> run_bootstrap(const std::vector<std::string>& words) {
  BootstrapOptions options;
  const auto names = declare(options).parse(words, {.at_least = 1, .at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  const auto reference = TRY(oci::ImageReference::parse(names->front()));
  const auto arguments = TRY(plan_mmdebstrap(options, reference.tag().value_or("")));
  const std::string created = TRY(creation_time());
  if (!TRY(is_installed("mmdebstrap"))) {
    return Error(ErrorKind::kNotFound, "mmdebstrap is not installed").with_hint("install the package mmdebstrap");
  }

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  const auto lease = TRY(store.lease());
  const auto layer = TRY(run_mmdebstrap(store, arguments).context(formatted("bootstrap {}", reference.familiar())));
  const auto config = make_config(layer.diff_id, created, join(arguments, " "));
  const auto record = TRY(store.write_image(config, {layer.descriptor}, reference));
  std::printf("%s\n", record.config_digest.string().c_str());
  return 0;
}

}  // namespace tare::image
