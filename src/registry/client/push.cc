#include "registry/client/push.h"

#include <map>
#include <set>

#include "base/text.h"
#include "registry/client/parallel.h"
#include "registry/client/response_error.h"
#include "registry/client/upload_blob.h"

namespace tare::registry {
namespace {

// Which other repository of the registry has (or had, when this store pulled from or pushed to it) a layer.
using MountSources = std::map<oci::Digest, std::string>;

void add_layers(MountSources& sources, const store::Store& store, const oci::Digest& manifest,
                const std::string& repository) {
  const auto bytes = store.read_blob(manifest);
  if (!bytes.ok()) return;  // it only would have spared an upload
  const auto parsed = oci::Manifest::parse(*bytes);
  if (!parsed.ok()) return;
  for (const auto& layer : parsed->layers) sources.emplace(layer.digest, repository);
}

Result<MountSources> find_mount_sources(const store::Store& store, const oci::ImageReference& target) {
  MountSources sources;
  for (const auto& record : TRY(store.list_images())) {
    const auto reference = oci::ImageReference::parse(record.reference);
    if (!reference.ok() || reference->registry() != target.registry()) continue;
    if (reference->repository() == target.repository()) continue;
    add_layers(sources, store, record.manifest.digest, reference->repository());
  }
  return sources;
}

std::vector<std::string> repositories(const MountSources& sources, const oci::Manifest& manifest) {
  std::set<std::string> names;
  for (const auto& layer : manifest.layers) {
    const auto found = sources.find(layer.digest);
    if (found != sources.end()) names.insert(found->second);
  }
  return {names.begin(), names.end()};
}

class Push {
 public:
  Push(store::Store& store, const oci::ImageReference& reference, const PushOptions& options)
      : store_(store), reference_(reference), options_(options) {}

  Result<oci::Descriptor> run() {
    const auto image = TRY(store_.find_image(reference_.canonical()));
    const auto lease = TRY(store_.lease());
    options_.progress.tell(
        formatted("The push refers to repository [{}/{}]", reference_.registry(), reference_.repository()));
    TRY(connect(image.manifest));
    TRY(send_blobs(image.manifest));
    TRY(send_manifest(image.record.manifest));
    return image.record.manifest;
  }

 private:
  Result<void> connect(const oci::Manifest& manifest) {
    sources_ = TRY(find_mount_sources(store_, reference_));
    SessionOptions options = options_.session;
    options.stop = stop_.get_token();
    options.also_pull_from = repositories(sources_, manifest);
    session_ = TRY(Session::connect(reference_.registry(), reference_.repository(), Access::kPush, options));
    return {};
  }

  Result<void> send_blobs(const oci::Manifest& manifest) {
    std::vector<Task> tasks;
    std::set<oci::Digest> seen;
    for (const oci::Descriptor& layer : manifest.layers) {
      if (!seen.insert(layer.digest).second) continue;
      options_.progress.tell(layer.digest, LayerState::kPreparing);
      tasks.emplace_back([this, &layer] { return send_layer(layer); });
    }
    tasks.emplace_back([this, &config = manifest.config]() -> Result<void> {
      TRY(upload_blob(*session_, store_, config, "", {}).context("push the image's configuration"));
      return {};
    });
    return run_parallel(tasks, options_.parallel, stop_);
  }

  Result<void> send_layer(const oci::Descriptor& layer) {
    const auto found = sources_.find(layer.digest);
    const std::string from = found == sources_.end() ? "" : found->second;
    const UploadProgress progress = [&](uint64_t done) { options_.progress.tell(layer.digest, done, layer.size); };
    const auto uploaded = TRY(upload_blob(*session_, store_, layer, from, progress)
                                  .context(formatted("push layer {}", layer.digest.short_id())));
    switch (uploaded) {
      case Uploaded::kAlreadyThere:
        options_.progress.tell(layer.digest, LayerState::kLayerAlreadyExists);
        break;
      case Uploaded::kMounted:
        options_.progress.tell(layer.digest, LayerState::kMounted, from);
        break;
      case Uploaded::kSent:
        options_.progress.tell(layer.digest, LayerState::kPushed);
        break;
    }
    return {};
  }

  Result<void> send_manifest(const oci::Descriptor& manifest) {
    const std::string bytes = TRY(store_.read_blob(manifest.digest));
    const std::string type = TRY(oci::document_media_type(bytes));
    const Call call{.method = "PUT",
                    .url = session_->url(formatted("manifests/{}", *reference_.tag())),
                    .headers = {{"Content-Type", type}},
                    .open_body = [&]() -> Result<std::unique_ptr<ByteSource>> {
                      return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(std::string_view(bytes)));
                    },
                    .body_size = bytes.size()};
    auto response = TRY(session_->send(call));
    if (response.status != 201) return response_error(response, "push the manifest");
    const auto stored = response.headers.find("Docker-Content-Digest");
    if (stored && *stored != manifest.digest.string()) {
      return Failure(ErrorKind::kCorrupt, "the registry stored the manifest under {}, not {}", *stored,
                     manifest.digest.string());
    }
    options_.progress.tell(
        formatted("{}: digest: {} size: {}", *reference_.tag(), manifest.digest.string(), bytes.size()));
    return {};
  }

  store::Store& store_;
  const oci::ImageReference& reference_;
  const PushOptions& options_;
  std::stop_source stop_;
  MountSources sources_;
  std::unique_ptr<Session> session_;
};

}  // namespace

Result<oci::Descriptor> push(store::Store& store, const oci::ImageReference& reference, const PushOptions& options) {
  if (!reference.tag() || reference.digest()) {
    return Failure(ErrorKind::kInvalidArgument, "cannot push {}: a digest reference has no tag", reference.familiar());
  }
  auto pushed = Push(store, reference, options).run();
  if (pushed.ok() || pushed.error().kind() != ErrorKind::kUnauthenticated) return pushed;
  return std::move(pushed).error().with_hint(formatted("tare login {}", reference.registry()));
}

}  // namespace tare::registry
