// The files that a supervisor and its clients tell each other by. What is read says the same when it is written again.
#include "supervise/config.h"
#include "supervise/state.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  if (const auto state = supervise::State::parse(text); state.ok()) {
    const auto written = state->to_json();
    fuzz::require(supervise::State::parse(written).value_or({}).to_json() == written);
  }
  if (const auto config = supervise::Config::parse(text); config.ok()) {
    const auto written = config->to_json();
    fuzz::require(supervise::Config::parse(written).value_or({}).to_json() == written);
  }
  return 0;
}
