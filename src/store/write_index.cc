// index.json: the names of this store for other tools that read OCI image layouts (`skopeo copy oci:ROOT:NAME …`).
// It is a copy of what the database says, never read here.
#include "oci/manifest.h"
#include "os/file.h"
#include "store/images.h"

namespace tare::store {
namespace {

Result<oci::Descriptor> describe(Statement& row) {
  const std::string reference = row.text(0);
  auto digest = TRY(oci::Digest::parse(row.text(1)));
  oci::Descriptor descriptor{
      .media_type = row.text(2), .digest = std::move(digest), .size = static_cast<uint64_t>(row.integer(3))};
  const auto parsed = oci::ImageReference::parse(reference);
  descriptor.annotations["org.opencontainers.image.ref.name"] = parsed.ok() ? parsed->familiar() : reference;
  descriptor.annotations["io.containerd.image.name"] = reference;
  return descriptor;
}

}  // namespace

Result<void> write_index(Core& core, Database& database) {
  auto statement = TRY(database.prepare(formatted(
      "SELECT {} FROM name JOIN image ON image.manifest = name.manifest ORDER BY name.reference", kRecordColumns)));
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  while (TRY(statement.step())) index.manifests.push_back(TRY(describe(statement)));
  return os::write_file_atomic(core.root() + "/index.json", index.to_json());
}

}  // namespace tare::store
