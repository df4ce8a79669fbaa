// A seccomp profile in the form of config.json, compiled.
#include "oci/runtime_spec.h"
#include "runtime/seccomp/compile.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  const auto spec = oci::RuntimeSpec::parse(formatted(R"({{"ociVersion":"1.2.0","linux":{{"seccomp":{}}}}})", text));
  if (spec.ok() && spec->linux_section.seccomp) (void)runtime::compile_seccomp(*spec->linux_section.seccomp).ok();
  return 0;
}
