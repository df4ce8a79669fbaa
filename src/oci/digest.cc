#include "oci/digest.h"

#include <algorithm>

#include "codec/sha256.h"

namespace tare::oci {
namespace {

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const auto parts = cut(text, ':');
  if (!parts) return Failure(ErrorKind::kInvalidArgument, "invalid digest '{}': expected sha256:…", text);
  const auto [algorithm, digits] = *parts;
  if (algorithm != "sha256" && algorithm != "sha512") {
    return Failure(ErrorKind::kInvalidArgument, "invalid digest '{}': unsupported algorithm '{}'", text, algorithm);
  }
  const size_t expected = algorithm == "sha256" ? 64 : 128;
  if (digits.size() != expected) {
    return Failure(ErrorKind::kInvalidArgument, "invalid digest '{}': {} needs {} digits, found {}", text, algorithm,
                   expected, digits.size());
  }
  if (!is_lower_hex(digits)) {
    return Failure(ErrorKind::kInvalidArgument, "invalid digest '{}': not lower-case hexadecimal", text);
  }
  return Digest(std::string(text), algorithm.size());
}

Digest Digest::of(std::string_view bytes) { return from_sha256_hex(codec::sha256_hex(bytes)); }

Digest Digest::from_sha256_hex(std::string hex) { return Digest("sha256:" + std::move(hex), 6); }

}  // namespace tare::oci
