// Questions to the person at the terminal.
#pragma once

#include <string>

#include "base/result.h"

namespace tare::image {

// Standard input up to its end, without the last line end: for --password-stdin.
Result<std::string> read_secret_from_stdin();
// One line of standard input, which must be a terminal. A secret is not echoed.
enum class Echo { kOn, kOff };
Result<std::string> ask(const std::string& question, Echo echo);
bool stdin_is_terminal();

}  // namespace tare::image
