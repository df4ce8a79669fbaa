// The store of images of one user: blobs, unpacked layers, names. One directory:
//
//   ROOT/oci-layout, index.json     the blob store is itself an OCI image layout: other tools can read it
//   ROOT/blobs/sha256/HEX           complete and verified; made by rename, never changed
//   ROOT/ingest/HEX                 blobs that are arriving; resumed after an interruption, and checked from the start
//   ROOT/layers/SHORT/              an unpacked layer in overlayfs's own format (whiteouts are 0:0 devices)
//   ROOT/work/                      upper directories in the making
//   ROOT/leases/ID                  locked by the processes that are making something
//   ROOT/tare.db                    SQLite: names, blobs, layers, leases, and the engine's own tables
//
// A blob or a layer exists when the database lists it. Row and final name are made in one transaction, so a kill at any
// instant leaves either nothing or something to resume. Nothing is synced on its own: a row says in which boot its
// files were written, until one syncfs per named image makes all of them durable; after a power loss rows of another
// boot count as absent, and their bytes are checked again before they are used. So a named image is always whole.
// Any number of processes may use a store at once; two that fetch the same blob share the work (the second waits for
// the first's lock on ingest/HEX.lock, then finds it done).
// Threads: a Store may be used by many threads; each call opens what it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/stream.h"
#include "oci/descriptor.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/reference.h"

namespace tare::store {

class Database;

// Opens a blob's bytes from `offset` on; called once per attempt, with 0 or with how much of it had arrived before.
// Called and read on a thread of the store's own, but never on two at once.
using OpenBlob = std::function<Result<std::unique_ptr<ByteSource>>(uint64_t offset)>;

// A named image. Dangling images (no name left) have an empty reference.
struct ImageRecord {
  std::string reference;      // canonical, or empty
  oci::Descriptor manifest;   // what the name points at; its digest is the "repo digest"
  oci::Digest config_digest;  // Docker's image id
  std::string created;        // RFC 3339, from the config
  uint64_t size = 0;          // bytes of the unpacked layers
};

// Everything needed to run an image.
struct Image {
  ImageRecord record;
  oci::Manifest manifest;
  oci::ImageConfig config;
};

// An overlay of unpacked layers, ready for mount(2): change to `directory`, then join the names with ':'.
// Names are short, so that 128 layers fit into the page that mount options are limited to.
struct LowerLayers {
  std::string directory;
  std::vector<std::string> names;  // topmost first
};

// Keeps what is fetched or made in progress from garbage collection while it has no name. Ends with the object; one
// that a killed process left is recognised (its lock is free) and dropped by the next collection.
class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

 private:
  friend class Store;
  struct State;
  explicit Lease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class LayerCompression { kGzip, kZstd };

// A layer that was made here.
struct CommittedLayer {
  oci::Descriptor descriptor;  // the compressed blob
  oci::Digest diff_id;
};

class Store {
 public:
  // Makes the directory and the schema when absent; repairs what a crash left (drops half-made layers).
  static Result<Store> open(const std::string& root);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::string& root() const;
  Database& database();  // the engine keeps its tables beside ours, so that one transaction spans both

  // ---- blobs
  bool has_blob(const oci::Digest& digest) const;
  Result<UniqueFd> open_blob(const oci::Digest& digest) const;
  // Small documents, verified against the digest; kCorrupt when over `limit` or not what the digest says.
  Result<std::string> read_blob(const oci::Digest& digest, size_t limit = size_t{16} << 20) const;
  Result<oci::Descriptor> write_blob(std::string_view media_type, std::string_view bytes);
  // Streams a blob in, checking size and digest as it flows. Does nothing when it is there already.
  Result<void> ingest_blob(const oci::Descriptor& expected, const OpenBlob& open);

  // ---- layers
  // Streams a layer's blob in and unpacks it in the same pass. `diff_id` is checked against the unpacked bytes.
  // Does nothing when both are there; unpacks from the local blob when only that is there.
  Result<void> ingest_layer(const oci::Descriptor& expected, const oci::Digest& diff_id, const OpenBlob& open);
  bool has_layer(const oci::Digest& diff_id) const;
  // The layers of an image for overlayfs. kNotFound names the first that is missing.
  Result<LowerLayers> lower_layers(const std::vector<oci::Digest>& diff_ids) const;
  // Makes a layer of an overlay upper directory: packs and compresses it into a blob, and keeps the directory itself,
  // moved, as the unpacked layer. `upper` must be on the store's file system; it is gone afterwards.
  // Same content gives the same digest: entries sorted, times as they are in the directory.
  Result<CommittedLayer> commit_layer(const std::string& upper, LayerCompression compression = LayerCompression::kGzip);
  // The same from a tar stream (uncompressed), for instance a root file system that was just bootstrapped.
  Result<CommittedLayer> commit_layer_tar(ByteSource& tar, LayerCompression compression = LayerCompression::kGzip);
  // A directory on the store's file system for upper directories in the making; emptied when nobody uses them.
  Result<std::string> make_work_directory();

  // ---- images
  // Writes config and manifest (OCI media types) and, unless `reference` is empty, names the image.
  Result<ImageRecord> write_image(const oci::ImageConfig& config, const std::vector<oci::Descriptor>& layers,
                                  const std::optional<oci::ImageReference>& reference);
  // Names a manifest whose blobs and layers are all here. The name's earlier image becomes dangling.
  Result<ImageRecord> tag(const oci::ImageReference& reference, const oci::Descriptor& manifest);
  // The same without a name: an image that is found by its id, and dangling.
  Result<ImageRecord> record_image(const oci::Descriptor& manifest);
  // By name, name@digest, id (config digest) or unambiguous id prefix, as Docker looks images up.
  Result<Image> find_image(std::string_view name_or_id) const;
  Result<std::vector<ImageRecord>> list_images() const;  // newest first; one per name
  // Removes one name; kNotFound when there is none. What the image used is collected when nothing else names it.
  struct Removal {
    std::vector<std::string> untagged;  // canonical references
    std::vector<oci::Digest> deleted;   // config digests of images that are gone
  };
  // By id: refuses with kConflict when several names point at it, unless `force`. In use by a container (a pin):
  // kConflict.
  Result<Removal> remove_image(std::string_view name_or_id, bool force);

  // ---- what keeps things alive
  Result<Lease> lease();
  // A container's claim on its image: stays until unpinned, whatever happens to names. `owner` is the container's id.
  Result<void> pin(std::string_view owner, const oci::Digest& manifest);
  Result<void> unpin(std::string_view owner);
  // The same for blobs and layers that belong to no image: what a builder's cache holds. Adds to what `owner` keeps.
  Result<void> keep(std::string_view owner, const std::vector<oci::Digest>& digests);
  Result<void> let_go(std::string_view owner);
  struct Collected {
    uint64_t bytes = 0;
    std::vector<oci::Digest> images;
  };
  // Removes blobs and layers that no name, pin or lease reaches. With `dangling`, nameless images too.
  Result<Collected> collect_garbage(bool dangling);

  // ---- what may be wrong
  struct Problem {
    std::string object;  // "blob sha256:…", "layer sha256:…", "database"
    std::string what;
    std::string mended;  // what was done about it; empty: nothing
  };
  enum class CheckMode { kOnlyLook, kRepair };
  // Reads every byte. With kRepair the layers' directories may be replaced: no container may run, and what a lease
  // holds is left as it is.
  Result<std::vector<Problem>> check(CheckMode mode);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tare::store
