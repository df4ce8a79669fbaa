// What a process of the container may send in the place of an encoded error.
#include "base/error.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  const auto error = decode_error(text);
  fuzz::require(decode_error(encode_error(error)).text() == error.text());
  return 0;
}
