// Manifests, indexes and image configurations.
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  (void)oci::Manifest::parse(text).ok();
  (void)oci::Index::parse(text).ok();
  (void)oci::ImageConfig::parse(text).ok();
  return 0;
}
