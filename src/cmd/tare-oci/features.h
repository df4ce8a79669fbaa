// The features document of the runtime specification (features.md).
#pragma once

#include <string>

namespace tare::cmd {

std::string features_text();

}  // namespace tare::cmd
