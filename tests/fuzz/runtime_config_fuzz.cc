// config.json: read, planned on a host without anything, and written again.
#include "oci/runtime_spec.h"
#include "runtime/plan/plan.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  const auto spec = oci::RuntimeSpec::parse(text);
  if (!spec.ok()) return 0;
  (void)runtime::plan_container(*spec, runtime::HostFacts{}, {"/bundle", "/group"}).ok();
  fuzz::require(oci::RuntimeSpec::parse(spec->to_json()).ok());
  return 0;
}
