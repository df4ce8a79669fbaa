// tare load [OPTIONS]
//
// Images of an OCI layout keep their manifests, byte for byte. Those of an older `docker save` have none: their layers
// are compressed on the way in, and get a manifest here; their ids (configuration digests) stay.
#include <cstdio>
#include <map>
#include <set>

#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/local_archive.h"
#include "cmd/tare-image/local_manifest.h"
#include "cmd/tare/arguments.h"
#include "codec/compress.h"
#include "oci/manifest.h"
#include "os/paths.h"
#include "store/archive_path.h"

namespace tare::image {
namespace {

struct PlannedImage {
  std::optional<oci::Descriptor> manifest;  // nothing: to be made of the layers
  std::string config_json;
  std::vector<std::string> names;
  std::vector<std::string> layers;  // names of files, lowest first
};

// What a layer's file is to become.
struct PlannedLayer {
  std::optional<oci::Descriptor> blob;  // nothing: an archive of any compression, that is compressed here
  oci::Digest diff_id;
  bool arrived = false;
};

std::string blob_name(const oci::Digest& digest) { return formatted("blobs/{}/{}", digest.algorithm(), digest.hex()); }

// The archive's entry as the blob's source. It can only be read forwards.
class EntrySource : public ByteSource {
 public:
  explicit EntrySource(codec::TarReader& reader) : reader_(reader) {}
  Result<size_t> read(std::span<std::byte> buffer) override { return reader_.read(buffer); }

 private:
  codec::TarReader& reader_;
};

class Loading {
 public:
  Loading(store::Store& store, const ImageArchive& archive) : store_(store), archive_(archive) {}

  Result<void> plan() {
    if (archive_.documents().contains("index.json")) {
      return plan_index(TRY(document("index.json")));
    }
    if (archive_.documents().contains("manifest.json")) return plan_docker();
    return Failure(ErrorKind::kCorrupt, "this is no image archive: it has neither manifest.json nor index.json")
        .with_hint("make one with `tare save`, `docker save` or `skopeo copy … oci-archive:FILE`");
  }

  Result<void> apply() {
    TRY(archive_.for_each_file([&](const std::string& name, uint64_t, codec::TarReader& reader) -> Result<void> {
      const auto layer = layers_.find(name);
      if (layer == layers_.end() || layer->second.arrived) return {};
      TRY(load_layer(layer->second, reader).context(formatted("load {}", name)));
      layer->second.arrived = true;
      return {};
    }));
    for (const auto& [name, layer] : layers_) {
      if (!layer.arrived) return Failure(ErrorKind::kCorrupt, "the archive lacks the layer {}", name);
    }
    for (const auto& image : images_) TRY(name_image(image));
    return {};
  }

 private:
  Result<std::string> document(const std::string& name) const {
    const auto found = archive_.documents().find(archive_.resolve(name));
    if (found == archive_.documents().end()) return Failure(ErrorKind::kCorrupt, "the archive lacks {}", name);
    return found->second;
  }

  Result<std::string> blob_document(const oci::Descriptor& descriptor) const {
    auto text = TRY(document(blob_name(descriptor.digest)));
    if (oci::Digest::of(text) == descriptor.digest) return text;
    return Failure(ErrorKind::kCorrupt, "{} is damaged", blob_name(descriptor.digest));
  }

  static std::vector<std::string> names_of(const oci::Descriptor& descriptor) {
    for (const char* key : {"io.containerd.image.name", "org.opencontainers.image.ref.name"}) {
      const auto annotation = descriptor.annotations.find(key);
      // A bare tag ("latest") says nothing about the repository.
      if (annotation != descriptor.annotations.end() && annotation->second.find_first_of(":/") != std::string::npos) {
        return {annotation->second};
      }
    }
    return {};
  }

  Result<void> plan_index(const std::string& json) {
    const auto index = TRY(oci::Index::parse(json));
    for (const auto& descriptor : index.manifests) {
      auto manifest = descriptor;
      if (oci::is_index(manifest.media_type)) {
        const std::string nested = TRY(blob_document(manifest));
        const auto inner = TRY(oci::Index::parse(nested));
        manifest = TRY(inner.select(oci::Platform::host()));
      }
      TRY(plan_manifest(manifest, names_of(descriptor)));
    }
    return {};
  }

  Result<void> plan_manifest(const oci::Descriptor& descriptor, std::vector<std::string> names) {
    const std::string manifest_json = TRY(blob_document(descriptor));
    const auto manifest = TRY(oci::Manifest::parse(manifest_json));
    const std::string config_json = TRY(blob_document(manifest.config));
    const auto config = TRY(oci::ImageConfig::parse(config_json));
    PlannedImage image{.manifest = descriptor, .config_json = config_json, .names = std::move(names)};
    for (const auto& layer : manifest.layers) image.layers.push_back(archive_.resolve(blob_name(layer.digest)));
    TRY(plan_layers(image, config, manifest.layers));
    TRY(store_.write_blob(descriptor.media_type, manifest_json));
    TRY(store_.write_blob(manifest.config.media_type, config_json));
    images_.push_back(std::move(image));
    return {};
  }

  Result<void> plan_docker() {
    const std::string manifest = TRY(document("manifest.json"));
    for (auto& archived : TRY(parse_docker_manifest(manifest))) {
      const std::string config_path = TRY(store::clean_archive_path(archived.config));
      PlannedImage image{.config_json = TRY(document(config_path)), .names = std::move(archived.names)};
      for (const auto& layer : archived.layers) {
        image.layers.push_back(archive_.resolve(TRY(store::clean_archive_path(layer))));
      }
      const auto parsed = TRY(oci::ImageConfig::parse(image.config_json));
      TRY(plan_layers(image, parsed, {}));
      images_.push_back(std::move(image));
    }
    return {};
  }

  // `blobs` is empty for archives whose layers have no descriptors.
  Result<void> plan_layers(const PlannedImage& image, const oci::ImageConfig& config,
                           const std::vector<oci::Descriptor>& blobs) {
    if (image.layers.size() != config.diff_ids.size()) {
      return Failure(ErrorKind::kCorrupt, "an image has {} layers, but its configuration {}", image.layers.size(),
                     config.diff_ids.size());
    }
    for (size_t i = 0; i < image.layers.size(); ++i) {
      std::optional<oci::Descriptor> blob;
      if (!blobs.empty()) blob = blobs[i];
      layers_.try_emplace(image.layers[i], PlannedLayer{.blob = std::move(blob), .diff_id = config.diff_ids[i]});
    }
    return {};
  }

  Result<void> load_layer(PlannedLayer& layer, codec::TarReader& reader) {
    EntrySource entry(reader);
    if (!layer.blob) return commit_archive(layer, entry);
    return store_.ingest_layer(*layer.blob, layer.diff_id, [&](uint64_t offset) -> Result<std::unique_ptr<ByteSource>> {
      std::vector<std::byte> skipped(65536);
      while (offset > 0) {
        const size_t got = TRY(reader.read(std::span(skipped).first(std::min<uint64_t>(skipped.size(), offset))));
        if (got == 0) return Failure(ErrorKind::kCorrupt, "the layer is too short");
        offset -= got;
      }
      return std::unique_ptr<ByteSource>(std::make_unique<EntrySource>(reader));
    });
  }

  Result<void> commit_archive(PlannedLayer& layer, ByteSource& entry) {
    const auto decoded = TRY(codec::open_detected(entry));
    auto committed = TRY(store_.commit_layer_tar(*decoded));
    if (committed.diff_id != layer.diff_id) {
      return Failure(ErrorKind::kCorrupt, "the configuration says {}, but it is {}", layer.diff_id.string(),
                     committed.diff_id.string());
    }
    layer.blob = std::move(committed.descriptor);
    return {};
  }

  Result<oci::Descriptor> make_manifest(const PlannedImage& image) {
    auto config = TRY(store_.write_blob(oci::media_type::kOciConfig, image.config_json));
    oci::Manifest manifest{.media_type = std::string(oci::media_type::kOciManifest), .config = std::move(config)};
    for (const auto& layer : image.layers) manifest.layers.push_back(*layers_.at(layer).blob);
    return store_.write_blob(oci::media_type::kOciManifest, manifest.to_json());
  }

  Result<void> name_image(const PlannedImage& image) {
    const auto manifest = image.manifest ? *image.manifest : TRY(make_manifest(image));
    if (image.names.empty()) {
      const auto record = TRY(store_.record_image(manifest));
      std::printf("Loaded image ID: %s\n", record.config_digest.string().c_str());
    }
    for (const auto& name : image.names) {
      const auto reference = TRY(oci::ImageReference::parse(name));
      TRY(store_.tag(reference, manifest));
      std::printf("Loaded image: %s\n", reference.familiar().c_str());
    }
    return {};
  }

  store::Store& store_;
  const ImageArchive& archive_;
  std::vector<PlannedImage> images_;
  std::map<std::string, PlannedLayer> layers_;  // by the name of the file
};

}  // namespace

Result<int> run_load(const std::vector<std::string>& words) {
  std::string input;
  bool quiet = false;
  cmd::Arguments arguments("tare load [OPTIONS]", "Load an image from a tar archive or STDIN");
  arguments.text("-i,--input", input, "Read from tar archive file, instead of STDIN");
  arguments.flag("-q,--quiet", quiet, "Suppress the load output (there is none but the result)");
  arguments.refused("--platform");
  const auto positionals = arguments.parse(words, {.at_most = 0});
  if (!positionals.ok()) return exit_for_usage(positionals.error());

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  const auto lease = TRY(store.lease());
  const auto archive = TRY(ImageArchive::open(store, input));
  Loading loading(store, archive);
  TRY(loading.plan());
  TRY(loading.apply());
  return 0;
}

}  // namespace tare::image
