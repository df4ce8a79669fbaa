// tare pull [OPTIONS] NAME[:TAG|@DIGEST]
#include "registry/client/pull.h"

#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/transfer_display.h"
#include "cmd/tare/arguments.h"
#include "os/paths.h"
#include "registry/client/list_tags.h"

namespace tare::image {
namespace {

struct Options {
  bool quiet = false;
  bool all_tags = false;
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
  arguments.flag("-a,--all-tags", options.all_tags, "Download all tagged images in the repository");
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

Result<std::vector<oci::ImageReference>> find_all_tags(const oci::ImageReference& reference,
                                                       const registry::SessionOptions& options) {
  const auto session =
      TRY(registry::Session::connect(reference.registry(), reference.repository(), registry::Access::kPull, options));
  std::vector<oci::ImageReference> references;
  for (const std::string& tag : TRY(registry::list_tags(*session))) references.push_back(reference.with_tag(tag));
  return references;
}

Result<std::vector<oci::ImageReference>> plan_references(const std::string& name, const Options& options,
                                                         const registry::PullOptions& plan) {
  const auto reference = TRY(oci::ImageReference::parse(name));
  const bool no_tag = names_no_tag(name, reference);
  if (options.all_tags && !no_tag) {
    return Failure(ErrorKind::kInvalidArgument, "tag can't be used with --all-tags/-a");
  }
  if (options.all_tags) return find_all_tags(reference, plan.session);
  if (no_tag) plan.progress.tell("Using default tag: latest");
  return std::vector{reference};
}

// False: the newest was here already.
Result<bool> pull_all(const std::vector<oci::ImageReference>& references, const registry::PullOptions& plan) {
  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  bool changed = false;
  for (const auto& reference : references) {
    auto pulled = registry::pull(store, reference, plan);
    if (!pulled.ok()) return std::move(pulled).error();
    changed = changed || pulled->changed;
  }
  return changed;
}

}  // namespace

Result<int> run_pull(const std::vector<std::string>& words) {
  Options options;
  const auto names = declare(options).parse(words, {.at_least = 1, .at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  auto plan = TRY(plan_pull(options));
  TransferDisplay display(TransferDisplay::style_for_stdout(options.quiet), "Downloading");
  plan.progress = display.progress();
  const auto references = TRY(plan_references(names->front(), options, plan));
  if (references.empty()) return Failure(ErrorKind::kNotFound, "{} has no tags", names->front());
  const bool changed = TRY(pull_all(references, plan));
  const auto& first = references.front();
  const std::string name = options.all_tags ? first.familiar_name() : first.familiar();
  plan.progress.tell(
      formatted("Status: {} {}", changed ? "Downloaded newer image for" : "Image is up to date for", name));
  TransferDisplay::print(options.all_tags ? formatted("{}/{}", first.registry(), first.repository())
                                          : first.canonical());
  return 0;
}

}  // namespace tare::image
