// The log file that engines read to learn why this program failed (--log, --log-format json).
#pragma once

#include <string>

#include "base/error.h"

namespace tare::cmd {

void log_error_to_file(const Error& error, const std::string& path, const std::string& format);

}  // namespace tare::cmd
