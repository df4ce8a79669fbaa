// Names of images as users type them, resolved exactly as Docker does (distribution/reference, familiar names):
// `hello` is docker.io/library/hello:latest, `localhost:5000/a/b` is a registry with a port, `a@sha256:…` has no tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "oci/digest.h"

namespace tare::oci {

class ImageReference {
 public:
  // Errors say what is wrong: upper case in a repository, an empty component, a tag over 128 characters, a bad digest…
  // A name of 64 hexadecimal digits alone is refused (it would be taken for an id), as Docker does.
  static Result<ImageReference> parse(std::string_view text);

  const std::string& registry() const { return registry_; }       // "docker.io", "localhost:5000"
  const std::string& repository() const { return repository_; }   // "library/hello"
  const std::optional<std::string>& tag() const { return tag_; }  // "latest" when neither tag nor digest was given
  const std::optional<Digest>& digest() const { return digest_; }

  std::string canonical() const;                    // "docker.io/library/hello:latest"
  std::string familiar() const;                     // "hello:latest"
  std::string familiar_name() const;                // "hello": without tag and digest
  ImageReference with_digest(Digest digest) const;  // in place of tag and digest
  ImageReference with_tag(std::string tag) const;   // likewise
  bool operator==(const ImageReference&) const = default;

 private:
  ImageReference() = default;
  std::string registry_;
  std::string repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

}  // namespace tare::oci
