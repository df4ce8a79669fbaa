// tare pull [OPTIONS] NAME[:TAG|@DIGEST]
#include "registry/client/pull.h"

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
  std::string platform;
};

cmd::Arguments declare(Options& options) {
  cmd::Arguments arguments("tare pull [OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry");
  arguments.flag("-q,--quiet", options.quiet, "Suppress verbose output");
  arguments.text("--platform", options.platform, "Choose the image for this platform (os/architecture[/variant])");
  arguments.flag("--tls-verify", options.tls_verify, "Check the registry's certificate; =false also allows plain HTTP");
  // Docker's default; there is nothing to skip, because nothing is verified by Notary.
  arguments.flag("--disable-content-trust", options.content_trust, "Skip image verification (the default)");
  arguments.refused("-a,--all-tags");
  return arguments;
}

Result<registry::PullOptions> plan_pull(const Options& options) {
  registry::PullOptions plan;
  plan.session = registry::read_session_options();
  plan.session.endpoints.insecure = !options.tls_verify;
  if (!options.platform.empty()) plan.platform = TRY(oci::Platform::parse(options.platform));
  return plan;
}

bool names_no_tag(const std::string& name, const oci::ImageReference& reference) {
  return !reference.digest() && reference.tag() == "latest" && !name.ends_with(":latest");
}

}  // namespace

Result<int> run_pull(const std::vector<std::string>& words) {
  Options options;
  const auto names = declare(options).parse(words, {.at_least = 1, .at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  const auto reference = TRY(oci::ImageReference::parse(names->front()));
  auto plan = TRY(plan_pull(options));
  TransferDisplay display(TransferDisplay::style_for_stdout(options.quiet), "Downloading");
  plan.progress = display.progress();
  if (names_no_tag(names->front(), reference)) plan.progress.tell("Using default tag: latest");

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  auto pulled = registry::pull(store, reference, plan);
  if (!pulled.ok()) return std::move(pulled).error();
  const std::string status = pulled->changed ? "Downloaded newer image for" : "Image is up to date for";
  plan.progress.tell(formatted("Status: {} {}", status, reference.familiar()));
  TransferDisplay::print(reference.canonical());
  return 0;
}

}  // namespace tare::image
