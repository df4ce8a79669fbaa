// tare push [OPTIONS] NAME[:TAG]
#include "registry/client/push.h"

#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/transfer_display.h"
#include "cmd/tare/arguments.h"
#include "os/paths.h"

namespace tare::image {
namespace {

struct Options {
  bool quiet = false;
  bool tls_verify = true;
  bool content_trust = true;
};

cmd::Arguments declare(Options& options) {
  cmd::Arguments arguments("tare push [OPTIONS] NAME[:TAG]", "Upload an image to a registry");
  arguments.flag("-q,--quiet", options.quiet, "Suppress verbose output");
  arguments.flag("--tls-verify", options.tls_verify, "Check the registry's certificate; =false also allows plain HTTP");
  arguments.flag("--disable-content-trust", options.content_trust, "Skip image signing (the default)");
  arguments.refused("-a,--all-tags");
  arguments.refused("--platform");
  return arguments;
}

}  // namespace

Result<int> run_push(const std::vector<std::string>& words) {
  Options options;
  const auto names = declare(options).parse(words, {.at_least = 1, .at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  const auto reference = TRY(oci::ImageReference::parse(names->front()));
  registry::PushOptions plan;
  plan.session = registry::read_session_options();
  plan.session.endpoints.insecure = !options.tls_verify;
  TransferDisplay display(TransferDisplay::style_for_stdout(options.quiet), "Pushing");
  plan.progress = display.progress();

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  auto pushed = registry::push(store, reference, plan);
  if (!pushed.ok()) return std::move(pushed).error();
  if (options.quiet) TransferDisplay::print(reference.canonical());
  return 0;
}

}  // namespace tare::image
