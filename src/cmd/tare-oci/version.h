// What --version prints, in runc's layout (engines read the lines by their first word).
#pragma once

#include <string>

namespace tare::cmd {

std::string version_text();
// "2.5.4": the library that seccomp filters are compiled with.
std::string seccomp_version();

}  // namespace tare::cmd
