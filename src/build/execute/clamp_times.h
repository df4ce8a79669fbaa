// SOURCE_DATE_EPOCH: what a step made must not tell when it was made.
#pragma once

#include <time.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tare::build {

// Sets every time in the tree that is later than `latest` (seconds since 1970) back to it.
Result<void> clamp_times(const std::string& directory, int64_t latest);
// The time of the directory itself, which the step's own bookkeeping touched.
Result<void> set_top_time(const std::string& directory, timespec modified);

}  // namespace tare::build
