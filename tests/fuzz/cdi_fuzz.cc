// A vendor's description of devices, as JSON and as YAML.
#include "engine/cdi_spec.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  (void)engine::parse_cdi_spec(text, engine::CdiFormat::kJson).ok();
  (void)engine::parse_cdi_spec(text, engine::CdiFormat::kYaml).ok();
  return 0;
}
