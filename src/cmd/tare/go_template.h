// The part of Go's text/template that people use with --format: fields, pipelines, if/else, range, with, variables in
// range, and the functions of Docker's CLI (json, join, split, lower, upper, title, println, len, index, eq, ne, and,
// or, not, printf with %s %d %v %q). What is not among them is refused by name.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::cmd {

// `json` is the document that "." means. kInvalidArgument with Docker's words "template parsing error".
Result<std::string> render_template(std::string_view text, std::string_view json);

}  // namespace tare::cmd
