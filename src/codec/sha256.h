// Digests of bytes that flow. A digest is computed while the bytes pass (DigestingSource, DigestingSink), so that
// nothing is read twice.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/stream.h"

namespace tare::codec {

enum class HashAlgorithm { kSha256, kSha512 };

// One hash computation. Movable; the library stays behind the pointer.
class Hash {
 public:
  explicit Hash(HashAlgorithm algorithm);
  Hash(Hash&& other) noexcept;
  Hash& operator=(Hash&& other) noexcept;
  ~Hash();
  void update(ByteView bytes);
  // The digest in lower-case hexadecimal digits. The last call.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Sha256 : public Hash {
 public:
  Sha256() : Hash(HashAlgorithm::kSha256) {}
};

std::string sha256_hex(std::string_view bytes);
std::string sha512_hex(std::string_view bytes);

// Hashes and counts what is read through it. What the reader leaves unread is not in the digest: a caller that checks
// a whole blob reads until 0 (drain_source).
class DigestingSource : public ByteSource {
 public:
  explicit DigestingSource(ByteSource& inner, HashAlgorithm algorithm = HashAlgorithm::kSha256)
      : inner_(inner), hash_(algorithm) {}
  Result<size_t> read(std::span<std::byte> buffer) override;
  uint64_t count() const { return count_; }
  std::string finish_hex() { return hash_.finish_hex(); }

 private:
  ByteSource& inner_;
  Hash hash_;
  uint64_t count_ = 0;
};

// Reads a source to its end and forgets the bytes.
Result<void> drain_source(ByteSource& source);

// Hashes and counts what is written through it.
class DigestingSink : public ByteSink {
 public:
  explicit DigestingSink(ByteSink& inner, HashAlgorithm algorithm = HashAlgorithm::kSha256)
      : inner_(inner), hash_(algorithm) {}
  Result<void> write(ByteView bytes) override;
  Result<void> finish() override { return inner_.finish(); }
  uint64_t count() const { return count_; }
  std::string finish_hex() { return hash_.finish_hex(); }

 private:
  ByteSink& inner_;
  Hash hash_;
  uint64_t count_ = 0;
};

}  // namespace tare::codec
