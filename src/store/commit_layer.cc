// Layers that are made here. The archive is written once, through compressor and both digests; the files themselves are
// already where they belong (an upper directory) or are unpacked in the same pass (an archive).
#include <fcntl.h>
#include <sys/stat.h>

#include "base/scope_guard.h"
#include "codec/compress.h"
#include "codec/sha256.h"
#include "os/error.h"
#include "os/file.h"
#include "store/blobs.h"
#include "store/core.h"
#include "store/failpoint.h"
#include "store/ingest_lock.h"
#include "store/layers.h"
#include "store/pack_layer.h"
#include "store/unpack_tar.h"

namespace tare::store {
namespace {

constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 3;

// Uncompressed archive in, blob out: diff id ← archive → compressor → digest → file.
class BlobWriting {
 public:
  static Result<std::unique_ptr<BlobWriting>> start(Core& core, LayerCompression compression) {
    auto path = TRY(core.new_ingest_path("commit"));
    auto lock = TRY(IngestLock::acquire(path));
    auto file = TRY(os::open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    return std::unique_ptr<BlobWriting>(
        new BlobWriting(std::move(path), std::move(lock), std::move(file), compression));
  }
  ~BlobWriting() { (void)os::remove_tree(path_).ok(); }

  ByteSink& archive() { return archive_; }

  // After the last byte: the blob is in the store.
  Result<CommittedLayer> finish(Core& core) {
    TRY(archive_.finish());
    auto diff_id = oci::Digest::from_sha256_hex(archive_.finish_hex());
    auto digest = oci::Digest::from_sha256_hex(blob_.finish_hex());
    TRY(core.claim(digest));
    TRY(core.claim(diff_id));
    TRY(commit_blob(core, path_, digest, blob_.count()));
    const auto type =
        compression_ == LayerCompression::kGzip ? oci::media_type::kOciLayerGzip : oci::media_type::kOciLayerZstd;
    oci::Descriptor descriptor{.media_type = std::string(type), .digest = std::move(digest), .size = blob_.count()};
    return CommittedLayer{.descriptor = std::move(descriptor), .diff_id = std::move(diff_id)};
  }

 private:
  BlobWriting(std::string path, IngestLock lock, UniqueFd file, LayerCompression compression)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        file_(std::move(file)),
        compression_(compression),
        sink_(file_, path_),
        blob_(sink_),
        compressor_(compression == LayerCompression::kGzip ? codec::make_gzip_sink(blob_, kGzipLevel)
                                                           : codec::make_zstd_sink(blob_, kZstdLevel)),
        archive_(*compressor_) {}

  const std::string path_;
  const IngestLock lock_;
  const UniqueFd file_;
  const LayerCompression compression_;
  os::FdSink sink_;
  codec::DigestingSink blob_;
  const std::unique_ptr<ByteSink> compressor_;
  codec::DigestingSink archive_;
};

// Passes on what it reads, and writes it to a sink as well.
class TeeSource : public ByteSource {
 public:
  TeeSource(ByteSource& source, ByteSink& sink) : source_(source), sink_(sink) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    const size_t got = TRY(source_.read(buffer));
    TRY(sink_.write(buffer.first(got)));
    return got;
  }

 private:
  ByteSource& source_;
  ByteSink& sink_;
};

}  // namespace

Result<CommittedLayer> Store::commit_layer(const std::string& upper, LayerCompression compression) {
  Core& core = *state_->core;
  const auto blob = TRY(BlobWriting::start(core, compression));
  const uint64_t size = TRY(pack_layer(upper, blob->archive()).context(formatted("pack layer {}", upper)));
  auto layer = TRY(blob->finish(core));
  failpoint("blob-committed");
  // The root of a layer is not in its archive: unpacking gives it this mode, so the directory that is kept has it too.
  if (::chmod(upper.c_str(), 0755) != 0) return os::last_error("set mode of", upper);
  TRY(commit_layer_directory(core, upper, layer.diff_id, {.size = size}));
  return layer;
}

Result<CommittedLayer> Store::commit_layer_tar(ByteSource& tar, LayerCompression compression) {
  Core& core = *state_->core;
  const std::string directory = TRY(core.new_ingest_path("unpack"));
  const auto lock = TRY(IngestLock::acquire(directory));
  const auto blob = TRY(BlobWriting::start(core, compression));
  TRY(os::make_directory(directory));
  ScopeGuard remove([&] { (void)os::remove_tree(directory).ok(); });
  TeeSource tee(tar, blob->archive());
  const auto unpacked = TRY(unpack_tar(tee, directory, host_overlay_format()));
  TRY(codec::drain_source(tee));
  auto layer = TRY(blob->finish(core));
  failpoint("blob-committed");
  TRY(commit_layer_directory(core, directory, layer.diff_id, unpacked));
  remove.keep();
  return layer;
}

}  // namespace tare::store
