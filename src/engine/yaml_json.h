// YAML as JSON, for files that may be either; by libyaml. One document, whose keys are strings. Aliases are followed,
// but a document that unfolds to more than a hundred thousand values, or is deeper than 64, is refused, and so are
// merge keys ("<<") and keys that are there twice.
#pragma once

#include <string_view>

#include "codec/json.h"

namespace tare::engine {

// kCorrupt, with the line.
Result<codec::Json> parse_yaml(std::string_view text);

}  // namespace tare::engine
