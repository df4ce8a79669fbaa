// A fuzz target is one file NAME_fuzz.cc that defines this function: it may refuse its input, and must not crash, hang
// or read beyond it. The preset `fuzz` makes a libFuzzer program of it (docs in tests/fuzz/CMakeLists.txt); every other
// build replays the inputs in corpus/NAME.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace tare::fuzz {

inline std::string_view text_of(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// For what must hold whatever the input is.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace tare::fuzz
