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
  bool all_tags = false;
  bool tls_verify = true;
  bool content_trust = true;
};

cmd::Arguments declare(Options& options) {
  cmd::Arguments arguments("tare push [OPTIONS] NAME[:TAG]", "Upload an image to a registry");
  arguments.flag("-q,--quiet", options.quiet, "Suppress verbose output");
  arguments.flag("--tls-verify", options.tls_verify, "Check the registry's certificate; =false also allows plain HTTP");
  arguments.flag("--disable-content-trust", options.content_trust, "Skip image signing (the default)");
  arguments.flag("-a,--all-tags", options.all_tags, "Push all tags of an image to the repository");
  arguments.refused("--platform");
  return arguments;
}

// The names in the store that belong to the repository.
Result<std::vector<oci::ImageReference>> find_all_tags(const store::Store& store, const oci::ImageReference& wanted) {
  std::vector<oci::ImageReference> references;
  for (const auto& record : TRY(store.list_images())) {
    const auto reference = oci::ImageReference::parse(record.reference);
    const bool same = reference.ok() && reference->registry() == wanted.registry() &&
                      reference->repository() == wanted.repository() && !reference->digest();
    if (same) references.push_back(*reference);
  }
  if (references.empty()) {
    return Failure(ErrorKind::kNotFound, "an image does not exist locally with the tag: {}", wanted.familiar_name());
  }
  return references;
}

Result<void> push_all(const std::vector<oci::ImageReference>& references, store::Store& store, const Options& options) {
  registry::PushOptions plan;
  plan.session = registry::read_session_options();
  plan.session.endpoints.insecure = !options.tls_verify;
  TransferDisplay display(TransferDisplay::style_for_stdout(options.quiet), "Pushing");
  plan.progress = display.progress();
  for (const auto& reference : references) {
    auto pushed = registry::push(store, reference, plan);
    if (!pushed.ok()) return std::move(pushed).error();
    if (options.quiet) TransferDisplay::print(reference.canonical());
  }
  return {};
}

}  // namespace

Result<int> run_push(const std::vector<std::string>& words) {
  Options options;
  const auto names = declare(options).parse(words, {.at_least = 1, .at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  const auto reference = TRY(oci::ImageReference::parse(names->front()));
  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  std::vector<oci::ImageReference> references = {reference};
  if (options.all_tags) references = TRY(find_all_tags(store, reference));
  TRY(push_all(references, store, options));
  return 0;
}

}  // namespace tare::image
