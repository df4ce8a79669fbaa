// One pass from the network to the disk:
//
//   OpenBlob → ArrivingBlob (ingest/HEX, digest) → decoder → ReadAhead (a thread) → diff id → tar → files
//
// An interrupted pass leaves ingest/HEX, from which the next one reads again through the same chain before it asks for
// the rest. Half-made directories are thrown away: making them again costs less than knowing how far they came.
#include <fcntl.h>

#include "base/log.h"
#include "codec/compress.h"
#include "codec/sha256.h"
#include "os/file.h"
#include "store/arriving_blob.h"
#include "store/blobs.h"
#include "store/core.h"
#include "store/failpoint.h"
#include "store/ingest_lock.h"
#include "store/layers.h"
#include "store/read_ahead.h"
#include "store/unpack_tar.h"

namespace tare::store {
namespace {

std::string arriving_path(Core& core, const oci::Digest& digest) { return core.ingest_path(digest.hex()); }

codec::Compression to_codec(oci::Compression kind) {
  switch (kind) {
    case oci::Compression::kGzip:
      return codec::Compression::kGzip;
    case oci::Compression::kZstd:
      return codec::Compression::kZstd;
    case oci::Compression::kNone:
      return codec::Compression::kNone;
  }
  return codec::Compression::kNone;
}

// A file of blobs/ without a row (the machine went down before both were on disk) counts as arriving: its bytes are
// checked like any others, and need not be fetched again when they are good.
Result<void> adopt_unlisted(Core& core, const oci::Digest& digest) {
  if (!os::exists(core.blob_path(digest))) return {};
  return os::rename(core.blob_path(digest), arriving_path(core, digest));
}

// Runs `pass` over the arriving blob and makes it a blob. Bytes of an earlier attempt may be bad (the machine went down
// while they were written), so when they are, all is fetched once more from the beginning.
template <typename Pass>
Result<void> receive(Core& core, const oci::Descriptor& expected, const OpenBlob& open, Pass pass) {
  const std::string path = arriving_path(core, expected.digest);
  TRY(adopt_unlisted(core, expected.digest));
  for (;;) {
    auto blob = TRY(ArrivingBlob::start(path, expected, open));
    Result<void> received = pass(*blob);
    if (received.ok()) return commit_blob(core, path, expected.digest, expected.size);
    if (blob->ended_early()) return blob->finish();
    if (received.error().kind() != ErrorKind::kCorrupt) return received;
    const bool again = blob->resumed();
    TRY(os::remove_tree(path));
    if (!again) return received;
  }
}

struct UnpackTarget {
  const oci::Digest& diff_id;
  codec::Compression compression;
  std::string place;      // of this layer alone, while its lock is held
  std::string directory;  // in it
};

// The directory's name is new at each attempt: where ext4 puts it follows from its name, and the inodes of a copy that
// was just removed are a slow place (os::spread_directories).
Result<UnpackTarget> choose_target(Core& core, const oci::Digest& diff_id, oci::Compression compression) {
  std::string place = core.ingest_path(formatted("layer-{}", diff_id.hex()));
  std::string directory = formatted("{}/{}", place, hex(TRY(os::random_bytes(8))));
  return UnpackTarget{diff_id, to_codec(compression), std::move(place), std::move(directory)};
}

Result<UnpackedLayer> unpack_checked(ByteSource& compressed, const UnpackTarget& target) {
  TRY(os::remove_tree(target.place));
  TRY(os::make_directory(target.place, 0700));
  os::spread_directories(target.place);
  TRY(os::make_directory(target.directory, 0755));
  auto decoded = TRY(codec::open_compressed(compressed, target.compression, UnpackLimits{}.bytes));
  ReadAhead ahead(*decoded);
  codec::DigestingSource tar(
      ahead, target.diff_id.algorithm() == "sha512" ? codec::HashAlgorithm::kSha512 : codec::HashAlgorithm::kSha256);
  auto layer = TRY(unpack_tar(tar, target.directory, host_overlay_format()));
  TRY(codec::drain_source(tar));
  const std::string found = tar.finish_hex();
  if (found == target.diff_id.hex()) return layer;
  return Failure(ErrorKind::kCorrupt, "the image says that the layer unpacks to {}, but it is {}:{}",
                 target.diff_id.string(), target.diff_id.algorithm(), found);
}

// The blob is here, its unpacked layer is not.
Result<UnpackedLayer> unpack_local(Core& core, const oci::Digest& digest, const UnpackTarget& target) {
  const auto fd = TRY(os::open(core.blob_path(digest), O_RDONLY));
  os::FdSource file(fd, core.blob_path(digest));
  codec::DigestingSource blob(
      file, digest.algorithm() == "sha512" ? codec::HashAlgorithm::kSha512 : codec::HashAlgorithm::kSha256);
  auto unpacked = unpack_checked(blob, target);
  if (unpacked.ok() || unpacked.error().kind() != ErrorKind::kCorrupt) return unpacked;
  TRY(codec::drain_source(blob));
  if (blob.finish_hex() == digest.hex()) return unpacked;
  TRY(drop_blob(core, digest));
  return Failure(ErrorKind::kNotFound, "blob {} in the store was damaged, and is removed", digest.string());
}

Result<void> receive_and_unpack(Core& core, const oci::Descriptor& expected, const OpenBlob& open,
                                const UnpackTarget& target, UnpackedLayer& layer) {
  if (TRY(find_blob(core, expected.digest))) {
    auto unpacked = unpack_local(core, expected.digest, target);
    if (unpacked.ok()) layer = std::move(unpacked).value();
    if (unpacked.ok() || unpacked.error().kind() != ErrorKind::kNotFound) {
      return unpacked.ok() ? Result<void>() : Result<void>(std::move(unpacked).error());
    }
  }
  return receive(core, expected, open, [&](ArrivingBlob& blob) -> Result<void> {
    layer = TRY(unpack_checked(blob, target));
    failpoint("layer-unpacked");
    return blob.finish();
  });
}

void tell_compromises(const oci::Digest& diff_id, uint64_t count) {
  if (count == 0) return;
  log_warning(formatted("layer {}: {} owners, devices or attributes were left out, because this user may not set them",
                        diff_id.short_id(), count));
}

}  // namespace

Result<void> Store::ingest_blob(const oci::Descriptor& expected, const OpenBlob& open) {
  Core& core = *state_->core;
  TRY(core.claim(expected.digest));
  if (TRY(find_blob(core, expected.digest))) return {};
  const auto lock = TRY(IngestLock::acquire(arriving_path(core, expected.digest)));
  if (TRY(find_blob(core, expected.digest))) return {};
  return receive(core, expected, open, [](ArrivingBlob& blob) { return blob.finish(); });
}

Result<void> Store::ingest_layer(const oci::Descriptor& expected, const oci::Digest& diff_id, const OpenBlob& open) {
  Core& core = *state_->core;
  TRY(core.claim(expected.digest));
  TRY(core.claim(diff_id));
  const auto kind = TRY(oci::layer_compression(expected.media_type));
  if (has_layer(diff_id)) return ingest_blob(expected, open);
  // Always in this order, so that two processes cannot wait for each other.
  const auto blob_lock = TRY(IngestLock::acquire(arriving_path(core, expected.digest)));
  const UnpackTarget target = TRY(choose_target(core, diff_id, kind));
  const auto layer_lock = TRY(IngestLock::acquire(target.place));
  if (has_layer(diff_id)) {
    if (TRY(find_blob(core, expected.digest))) return {};
    return receive(core, expected, open, [](ArrivingBlob& blob) { return blob.finish(); });
  }
  UnpackedLayer layer;
  TRY(receive_and_unpack(core, expected, open, target, layer)
          .context(formatted("layer {}", expected.digest.short_id())));
  failpoint("blob-committed");
  TRY(commit_layer_directory(core, target.directory, diff_id, layer));
  TRY(os::remove_tree(target.place));
  failpoint("layer-committed");
  tell_compromises(diff_id, layer.compromises);
  return {};
}

}  // namespace tare::store
