// What `tare image bootstrap` makes mmdebstrap do. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::image {

struct BootstrapOptions {
  std::vector<std::string> include;
  std::string suite;
  std::string mirror;
  std::string variant = "minbase";
  bool quiet = false;
};

// The release that a tag names: "bookworm", "1.19-bookworm" (the last part), "latest" (stable).
std::string suite_of_tag(const std::string& tag);
// The command line; its archive goes to standard output. kInvalidArgument for what mmdebstrap would take for options.
Result<std::vector<std::string>> plan_mmdebstrap(const BootstrapOptions& options, const std::string& tag);

}  // namespace tare::image
