#include "codec/json.h"

#include "json_text.h"

namespace tare::cmd {

std::string indented(std::string_view json) {
  const auto document = codec::parse_json(json);
  return document.ok() ? codec::dump_json_indented(*document, 4) : std::string(json);
}

}  // namespace tare::cmd
