// Runs a fuzz target over the files of a folder: its corpus as a test that needs no fuzzer.
#include <cstdio>

#include "os/file.h"
#include "tests/fuzz/fuzz.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto names = tare::os::list_directory(arguments[1]);
  if (!names.ok() || names->empty()) {
    std::fprintf(stderr, "%s has no inputs\n", arguments[1]);
    return 1;
  }
  for (const auto& name : *names) {
    const auto input = tare::os::read_file(tare::formatted("{}/{}", arguments[1], name));
    if (!input.ok()) return 1;
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input->data()), input->size());
  }
  return 0;
}
