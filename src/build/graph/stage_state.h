// How far a stage is: the image that it would be if it ended here.
#pragma once

#include <string>
#include <vector>

#include "build/graph/scope.h"
#include "oci/descriptor.h"
#include "oci/image_config.h"

namespace tare::build {

struct StageState {
  oci::ImageConfig config;              // diff_ids and history included
  std::vector<oci::Descriptor> layers;  // of config.diff_ids
  StageScope scope;
  bool cmd_was_set = false;  // in this stage: ENTRYPOINT forgets only an inherited CMD
};

// The beginning of FROM scratch.
StageState scratch_state(const oci::Platform& platform);

}  // namespace tare::build
