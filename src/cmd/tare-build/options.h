// The words of `tare build`, as Docker spells them, made into a build request.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/build.h"

namespace tare::build_command {

struct Options {
  build::BuildRequest request;
  bool pull = false;   // ask the registry for newer bases
  bool quiet = false;  // print only the image's id
  std::string id_file;
};

// `--help` prints and is kCancelled with an empty text. Reads the Dockerfile from standard input where `-` asks for it.
Result<Options> parse_options(const std::vector<std::string>& words);

}  // namespace tare::build_command
