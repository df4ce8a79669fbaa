// Mount options, separated by commas.
#include "base/text.h"
#include "runtime/plan/mount_steps.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  (void)runtime::parse_mount_options(split(text, ',')).ok();
  return 0;
}
