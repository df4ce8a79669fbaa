#include "registry/client/pull.h"

#include <set>

#include "base/log.h"
#include "base/text.h"
#include "registry/client/blob_source.h"
#include "registry/client/fetch_manifest.h"
#include "registry/client/parallel.h"

namespace tare::registry {
namespace {

constexpr uint64_t kConfigLimit = uint64_t{8} << 20;

class Pull {
 public:
  Pull(store::Store& store, const oci::ImageReference& reference, const PullOptions& options)
      : store_(store), reference_(reference), options_(options) {}

  Result<Pulled> run() {
    SessionOptions session_options = options_.session;
    session_options.stop = stop_.get_token();
    session_ = TRY(Session::connect(reference_.registry(), reference_.repository(), Access::kPull, session_options));
    const auto fetched = TRY(fetch_manifest(*session_, reference_, options_.platform.value_or(oci::Platform::host())));
    TRY(check_manifest(fetched.manifest).context(reference_.familiar()));
    options_.progress.tell(formatted("{}: Pulling from {}", shown_tag(), reference_.repository()));

    const auto lease = TRY(store_.lease());
    const auto before = store_.find_image(reference_.canonical());
    const auto config = TRY(fetch_config(fetched.manifest.config));
    TRY(check_image(fetched.manifest, config, options_.platform).context(reference_.familiar()));
    TRY(fetch_layers(fetched.manifest, config));
    auto image = TRY(store_image(fetched));
    options_.progress.tell(formatted("Digest: {}", fetched.named.digest.string()));
    const bool changed = !before.ok() || before->record.manifest.digest != image.manifest.digest;
    return Pulled{std::move(image), fetched.named.digest, changed};
  }

 private:
  std::string shown_tag() const { return reference_.tag() ? *reference_.tag() : reference_.digest()->string(); }

  Result<oci::ImageConfig> fetch_config(const oci::Descriptor& descriptor) {
    TRY(store_.ingest_blob(descriptor, [&](uint64_t offset) { return open_blob(*session_, descriptor, offset); })
            .context("fetch the image's configuration"));
    const std::string text = TRY(store_.read_blob(descriptor.digest, kConfigLimit));
    return oci::ImageConfig::parse(text);
  }

  Result<void> fetch_layers(const oci::Manifest& manifest, const oci::ImageConfig& config) {
    std::vector<Task> tasks;
    std::set<oci::Digest> seen;
    for (size_t index = 0; index < manifest.layers.size(); ++index) {
      const oci::Descriptor& layer = manifest.layers[index];
      const oci::Digest& diff_id = config.diff_ids[index];
      // An image may have one layer several times (mostly the empty one).
      if (!seen.insert(diff_id).second) continue;
      if (store_.has_layer(diff_id) && store_.has_blob(layer.digest)) {
        options_.progress.tell(layer.digest, LayerState::kAlreadyExists);
        continue;
      }
      options_.progress.tell(layer.digest, LayerState::kPullingFsLayer);
      tasks.emplace_back([this, &layer, &diff_id] { return fetch_layer(layer, diff_id); });
    }
    return run_parallel(tasks, options_.parallel, stop_);
  }

  Result<void> fetch_layer(const oci::Descriptor& layer, const oci::Digest& diff_id) {
    const auto progress = [this, &layer](uint64_t done) { options_.progress.tell(layer.digest, done, layer.size); };
    const auto open = [&](uint64_t offset) { return open_blob(*session_, layer, offset, progress); };
    TRY(store_.ingest_layer(layer, diff_id, open).context(formatted("layer {}", layer.digest.short_id())));
    options_.progress.tell(layer.digest, LayerState::kPullComplete);
    return {};
  }

  Result<store::ImageRecord> store_image(const FetchedManifest& fetched) {
    auto written = store_.write_blob(fetched.document.descriptor.media_type, fetched.document.bytes);
    if (!written.ok()) return std::move(written).error();
    return store_.tag(reference_, *written);
  }

  store::Store& store_;
  const oci::ImageReference& reference_;
  const PullOptions& options_;
  std::stop_source stop_;
  std::unique_ptr<Session> session_;
};

bool is_config_type(std::string_view type) {
  return type == oci::media_type::kOciConfig || type == oci::media_type::kDockerConfig;
}

// Variants are left out: an amd64 image may say v2, an arm64 one v8 or nothing.
bool matches(const oci::Platform& image, const oci::Platform& wanted) {
  return image.os == wanted.os && image.architecture == wanted.architecture;
}

}  // namespace

Result<void> check_manifest(const oci::Manifest& manifest) {
  if (!is_config_type(manifest.config.media_type)) {
    return Failure(ErrorKind::kUnsupported, "not a container image: its configuration is of type {}",
                   manifest.config.media_type);
  }
  if (manifest.config.size > kConfigLimit) {
    return Failure(ErrorKind::kCorrupt, "its configuration says to have {} bytes, more than {}", manifest.config.size,
                   kConfigLimit);
  }
  for (const auto& layer : manifest.layers) {
    // Their bytes come from anywhere by URL, and mostly not from the registry.
    const bool foreign = layer.media_type.find(".foreign.") != std::string::npos ||
                         layer.media_type.find(".nondistributable.") != std::string::npos;
    if (foreign) {
      return Failure(ErrorKind::kUnsupported, "layer {} is a foreign layer ({}): not supported",
                     layer.digest.short_id(), layer.media_type);
    }
    TRY(oci::layer_compression(layer.media_type).context(formatted("layer {}", layer.digest.short_id())));
  }
  return {};
}

Result<void> check_image(const oci::Manifest& manifest, const oci::ImageConfig& config,
                         const std::optional<oci::Platform>& platform) {
  if (config.diff_ids.size() != manifest.layers.size()) {
    return Failure(ErrorKind::kCorrupt, "the manifest has {} layers, its configuration {}", manifest.layers.size(),
                   config.diff_ids.size());
  }
  const auto wanted = platform.value_or(oci::Platform::host());
  if (config.platform.architecture.empty() || matches(config.platform, wanted)) return {};
  if (platform) {
    return Failure(ErrorKind::kNotFound, "the image was found but does not provide the platform {}: it is for {}",
                   wanted.string(), config.platform.string());
  }
  log_warning(formatted("the image is for {}, this host is {}", config.platform.string(), wanted.string()));
  return {};
}

Result<Pulled> pull(store::Store& store, const oci::ImageReference& reference, const PullOptions& options) {
  auto pulled = Pull(store, reference, options).run();
  if (pulled.ok() || pulled.error().kind() != ErrorKind::kUnauthenticated) return pulled;
  return std::move(pulled)
      .error()
      .context(formatted("pull access denied for {}, repository does not exist or may require 'tare login'",
                         reference.familiar_name()))
      .with_hint(formatted("tare login {}", reference.registry()));
}

}  // namespace tare::registry
