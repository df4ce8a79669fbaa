// The name of a step's result in the cache: a digest of everything that the result depends on. Two steps that would do
// the same to the same layers have the same key, wherever they stand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/sha256.h"
#include "oci/digest.h"

namespace tare::build {

class StepKey {
 public:
  // `kind` is the instruction's name; `layers` what it works on.
  StepKey(std::string_view kind, const std::vector<oci::Digest>& layers);
  // Names and values are length-prefixed: no two sequences of calls give the same bytes.
  StepKey& add(std::string_view name, std::string_view value);
  std::string finish() { return hash_.finish_hex(); }

 private:
  codec::Sha256 hash_;
};

}  // namespace tare::build
