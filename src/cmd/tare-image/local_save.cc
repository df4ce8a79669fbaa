// tare save [OPTIONS] IMAGE [IMAGE...]
//
// One archive that is both: an OCI layout (index.json, blobs/), which keeps all digests, and what Docker's and Podman's
// `load` of any age read (manifest.json). The same images give the same bytes.
#include <fcntl.h>

#include <cstdio>
#include <map>
#include <set>

#include "base/scope_guard.h"
#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/local_manifest.h"
#include "cmd/tare/arguments.h"
#include "codec/tar.h"
#include "os/file.h"
#include "os/paths.h"
#include "store/store.h"

namespace tare::image {
namespace {

std::string blob_name(const oci::Digest& digest) { return formatted("blobs/{}/{}", digest.algorithm(), digest.hex()); }

// What the archive is to hold, in the order in which it is written.
struct ArchivePlan {
  oci::Index index{.media_type = std::string(oci::media_type::kOciIndex)};
  std::vector<ArchivedImage> images;
  std::map<std::string, oci::Descriptor> blobs;  // by name
};

void add_descriptor(ArchivePlan& plan, const oci::Descriptor& descriptor) {
  plan.blobs.try_emplace(blob_name(descriptor.digest), descriptor);
}

// `name` is empty for an image that was given by id.
void add_image(ArchivePlan& plan, const store::Image& image, const std::string& name) {
  add_descriptor(plan, image.record.manifest);
  add_descriptor(plan, image.manifest.config);
  auto descriptor = image.record.manifest;
  if (!name.empty()) {
    descriptor.annotations["org.opencontainers.image.ref.name"] = name;
    descriptor.annotations["io.containerd.image.name"] = image.record.reference;
  }
  plan.index.manifests.push_back(std::move(descriptor));

  ArchivedImage archived{.config = blob_name(image.manifest.config.digest)};
  if (!name.empty()) archived.names.push_back(name);
  for (const auto& layer : image.manifest.layers) {
    add_descriptor(plan, layer);
    archived.layers.push_back(blob_name(layer.digest));
  }
  for (auto& known : plan.images) {
    if (known.config != archived.config || known.layers != archived.layers) continue;
    known.names.insert(known.names.end(), archived.names.begin(), archived.names.end());
    return;
  }
  plan.images.push_back(std::move(archived));
}

Result<ArchivePlan> plan_archive(const store::Store& store, const std::vector<std::string>& names) {
  ArchivePlan plan;
  for (const auto& name : names) {
    const auto image = TRY(store.find_image(name));
    const auto reference = oci::ImageReference::parse(name);
    const bool by_name =
        reference.ok() && !image.record.reference.empty() && reference->canonical() == image.record.reference;
    add_image(plan, image, by_name ? reference->familiar() : "");
  }
  return plan;
}

Result<void> add_document(codec::TarWriter& writer, const std::string& name, const std::string& text) {
  TRY(writer.add({.path = name, .mode = 0644, .size = text.size()}));
  return writer.write(as_bytes(text));
}

Result<void> add_blob(codec::TarWriter& writer, const store::Store& store, const std::string& name,
                      const oci::Descriptor& blob) {
  TRY(writer.add({.path = name, .mode = 0644, .size = blob.size}));
  const auto file = TRY(store.open_blob(blob.digest));
  os::FdSource source(file, name);
  std::vector<std::byte> buffer(size_t{1} << 20);
  for (;;) {
    const size_t got = TRY(source.read(buffer));
    if (got == 0) return {};
    TRY(writer.write(std::span(buffer).first(got)));
  }
}

Result<void> write_archive(const store::Store& store, const ArchivePlan& plan, ByteSink& sink) {
  codec::TarWriter writer(sink);
  TRY(writer.add({.type = codec::TarType::kDirectory, .path = "blobs/", .mode = 0755}));
  TRY(writer.add({.type = codec::TarType::kDirectory, .path = "blobs/sha256/", .mode = 0755}));
  for (const auto& [name, blob] : plan.blobs) TRY(add_blob(writer, store, name, blob));
  TRY(add_document(writer, "index.json", plan.index.to_json()));
  TRY(add_document(writer, "manifest.json", write_docker_manifest(plan.images)));
  TRY(add_document(writer, "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  TRY(writer.finish());
  return sink.finish();
}

// By rename: a `save` that fails leaves an older archive as it was.
Result<void> write_archive_file(const store::Store& store, const ArchivePlan& plan, const std::string& path) {
  const std::string temporary = formatted("{}.{}.part", path, ::getpid());
  const auto file = TRY(os::open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600));
  ScopeGuard remove([&] { (void)os::remove_file(temporary).ok(); });
  os::FdSink sink(file, path);
  TRY(write_archive(store, plan, sink));
  TRY(os::rename(temporary, path));
  remove.keep();
  return {};
}

}  // namespace

Result<int> run_save(const std::vector<std::string>& words) {
  std::string output;
  cmd::Arguments arguments("tare save [OPTIONS] IMAGE [IMAGE...]",
                           "Save one or more images to a tar archive (streamed to STDOUT by default)");
  arguments.text("-o,--output", output, "Write to a file, instead of STDOUT");
  arguments.refused("--platform");
  const auto names = arguments.parse(words, {.at_least = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  if (output.empty() && ::isatty(STDOUT_FILENO) != 0) {
    return Error(ErrorKind::kInvalidArgument, "cowardly refusing to save to a terminal")
        .with_hint("use the -o flag or redirect");
  }

  const auto paths = TRY(os::find_paths());
  auto store = TRY(store::Store::open(paths.store()));
  const auto lease = TRY(store.lease());
  const auto plan = TRY(plan_archive(store, *names));
  if (!output.empty()) {
    TRY(write_archive_file(store, plan, output));
    return 0;
  }
  os::FdSink sink(BorrowedFd(STDOUT_FILENO), "standard output");
  TRY(write_archive(store, plan, sink));
  return 0;
}

}  // namespace tare::image
