// Names of images. What is accepted reads the same again.
#include "oci/reference.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  const auto reference = oci::ImageReference::parse(text);
  if (!reference.ok()) return 0;
  const auto again = oci::ImageReference::parse(reference->canonical());
  fuzz::require(again.ok() && *again == *reference);
  return 0;
}
