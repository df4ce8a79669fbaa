// JSON as a person reads it.
#pragma once

#include <string>
#include <string_view>

namespace tare::cmd {

// The same document on many lines. What is no JSON stays as it is.
std::string indented(std::string_view json);

}  // namespace tare::cmd
