// Dockerfiles, with their heredocs and continued lines.
#include "build/dockerfile/dockerfile.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  (void)build::parse_dockerfile("Dockerfile", text).ok();
  return 0;
}
