#include "codec/json.h"
#include "runtime/checkpoint/externals.h"

namespace tare::runtime {

std::string streams_to_json(const std::vector<std::string>& streams) { return codec::dump_json(streams); }

Result<std::vector<std::string>> parse_streams(const std::string& json) {
  const auto document = TRY(codec::parse_json(json));
  return codec::JsonReader(document, "descriptors.json").as_strings();
}

}  // namespace tare::runtime
