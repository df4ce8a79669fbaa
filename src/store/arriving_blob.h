// A blob on its way into the store, as a source: what had arrived before is read back from ingest/HEX, the rest comes
// from the network and is written there while it passes. Size and digest are checked over all of it.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/stream.h"
#include "codec/sha256.h"
#include "oci/descriptor.h"
#include "store/store.h"

namespace tare::store {

class ArrivingBlob : public ByteSource {
 public:
  // `path` is ingest/HEX; its lock is held by the caller. Borrows `open`.
  static Result<std::unique_ptr<ArrivingBlob>> start(const std::string& path, const oci::Descriptor& expected,
                                                     const OpenBlob& open);
  Result<size_t> read(std::span<std::byte> buffer) override;
  // Reads what the consumer has left, then checks; kCorrupt says what was expected and what came.
  Result<void> finish();
  bool resumed() const { return arrived_ > 0; }
  // The network ended before the blob did; whatever a decoder says of the rest is only the consequence.
  bool ended_early() const { return ended_early_; }

 private:
  ArrivingBlob(std::string path, UniqueFd file, uint64_t arrived, const oci::Descriptor& expected,
               const OpenBlob& open);
  Result<size_t> read_arrived(std::span<std::byte> buffer);
  Result<size_t> read_remote(std::span<std::byte> buffer);

  const std::string path_;
  const UniqueFd file_;
  const uint64_t arrived_;
  const oci::Descriptor expected_;
  const OpenBlob& open_;
  std::unique_ptr<ByteSource> remote_;  // null until what had arrived is read
  codec::Hash hash_;
  uint64_t count_ = 0;
  bool ended_early_ = false;
};

}  // namespace tare::store
