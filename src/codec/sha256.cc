// Nettle rather than libcrypto: the same speed (both use the processor's SHA instructions), a state without an
// allocation, and 60 kB of code in an archive where libcrypto costs each `tare` half a millisecond of dynamic loading.
#include "codec/sha256.h"

#include <nettle/sha2.h>

#include <array>
#include <variant>
#include <vector>

#include "base/text.h"

namespace tare::codec {

struct Hash::State {
  std::variant<sha256_ctx, sha512_ctx> context;
};

namespace {

std::string hash_hex(HashAlgorithm algorithm, std::string_view bytes) {
  Hash hash(algorithm);
  hash.update(as_bytes(bytes));
  return hash.finish_hex();
}

}  // namespace

Hash::Hash(HashAlgorithm algorithm) : state_(std::make_unique<State>()) {
  if (algorithm == HashAlgorithm::kSha256) {
    ::sha256_init(&state_->context.emplace<sha256_ctx>());
  } else {
    ::sha512_init(&state_->context.emplace<sha512_ctx>());
  }
}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

void Hash::update(ByteView bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (auto* sha256 = std::get_if<sha256_ctx>(&state_->context)) {
    ::sha256_update(sha256, bytes.size(), data);
  } else {
    ::sha512_update(&std::get<sha512_ctx>(state_->context), bytes.size(), data);
  }
}

std::string Hash::finish_hex() {
  std::array<uint8_t, SHA512_DIGEST_SIZE> digest;
  size_t size = SHA512_DIGEST_SIZE;
  if (auto* sha256 = std::get_if<sha256_ctx>(&state_->context)) {
    size = SHA256_DIGEST_SIZE;
    ::sha256_digest(sha256, size, digest.data());
  } else {
    ::sha512_digest(&std::get<sha512_ctx>(state_->context), size, digest.data());
  }
  return hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string sha256_hex(std::string_view bytes) { return hash_hex(HashAlgorithm::kSha256, bytes); }
std::string sha512_hex(std::string_view bytes) { return hash_hex(HashAlgorithm::kSha512, bytes); }

Result<size_t> DigestingSource::read(std::span<std::byte> buffer) {
  const size_t count = TRY(inner_.read(buffer));
  hash_.update(buffer.first(count));
  count_ += count;
  return count;
}

Result<void> DigestingSink::write(ByteView bytes) {
  hash_.update(bytes);
  count_ += bytes.size();
  return inner_.write(bytes);
}

Result<void> drain_source(ByteSource& source) {
  std::vector<std::byte> buffer(size_t{64} << 10);
  for (;;) {
    const size_t count = TRY(source.read(buffer));
    if (count == 0) return {};
  }
}

}  // namespace tare::codec
