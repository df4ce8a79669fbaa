// The small JSON columns of the database.
#include "engine/core.h"
#include "engine/network_types_json.h"
#include "engine/own_json.h"

namespace tare::engine {

std::string ports_to_json(const std::vector<network::PortMapping>& ports) { return nlohmann::json(ports).dump(); }

Result<std::vector<network::PortMapping>> parse_ports_json(std::string_view text) {
  return parse_own_json<std::vector<network::PortMapping>>(text, "ports of a container");
}

std::string labels_to_json(const std::map<std::string, std::string>& labels) { return nlohmann::json(labels).dump(); }

std::map<std::string, std::string> parse_labels_json(std::string_view text) {
  return parse_own_json<std::map<std::string, std::string>>(text, "labels").value_or({});
}

}  // namespace tare::engine
