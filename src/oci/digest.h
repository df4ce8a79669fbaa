// A content digest: OCI image specification, descriptor.md, "Digests". Computing one is codec/sha256.h's.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::oci {

// Always valid: sha256 with 64 or sha512 with 128 lower-case hexadecimal digits.
class Digest {
 public:
  static Result<Digest> parse(std::string_view text);  // "sha256:…"; refuses other algorithms by name
  static Digest of(std::string_view bytes);            // the sha256 of bytes in memory
  static Digest from_sha256_hex(std::string hex);      // 64 digits that were just computed

  std::string_view algorithm() const { return std::string_view(text_).substr(0, colon_); }
  std::string_view hex() const { return std::string_view(text_).substr(colon_ + 1); }
  std::string short_id() const { return std::string(hex().substr(0, 12)); }  // as Docker prints ids
  const std::string& string() const { return text_; }

  auto operator<=>(const Digest& other) const { return text_ <=> other.text_; }
  bool operator==(const Digest& other) const { return text_ == other.text_; }

 private:
  Digest(std::string text, size_t colon) : text_(std::move(text)), colon_(colon) {}
  std::string text_;
  size_t colon_;
};

}  // namespace tare::oci
