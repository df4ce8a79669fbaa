#include "codec/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <vector>

#include "base/text.h"

namespace tare::codec {

struct Hash::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

namespace {

// OpenSSL's hashes fail only when memory is exhausted, which is no Error here (see base/result.h).
void require(bool success) {
  if (!success) throw std::bad_alloc();
}

const EVP_MD* method_of(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kSha256 ? EVP_sha256() : EVP_sha512();
}

std::string hash_hex(HashAlgorithm algorithm, std::string_view bytes) {
  Hash hash(algorithm);
  hash.update(as_bytes(bytes));
  return hash.finish_hex();
}

}  // namespace

Hash::Hash(HashAlgorithm algorithm) : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex(state_->context.get(), method_of(algorithm), nullptr) == 1);
}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

void Hash::update(ByteView bytes) { require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1); }

std::string Hash::finish_hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) == 1);
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
