// ContainerRecord (container.json) and the small JSON columns of the database.
#include "engine/container_json.h"

#include "engine/container.h"
#include "engine/core.h"
#include "engine/network_types_json.h"

namespace tare::engine {

// Defined in container_options_json.cc, beside the fields.
void to_json_value(nlohmann::json& value, const ContainerOptions& options);
void from_json_value(const nlohmann::json& value, ContainerOptions& options);
void to_json(nlohmann::json& value, const ContainerOptions& options) { to_json_value(value, options); }
void from_json(const nlohmann::json& value, ContainerOptions& options) { from_json_value(value, options); }

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ContainerRecord, id, created, options, image_reference, manifest_digest,
                                                config_digest, diff_ids, path, arguments, env, working_dir, user,
                                                stop_signal, labels, exposed_ports, anonymous_volumes)

Result<ContainerRecord> ContainerRecord::parse(std::string_view text) {
  return parse_own_json<ContainerRecord>(text, "container.json");
}

std::string ContainerRecord::to_json() const { return nlohmann::json(*this).dump(1); }

std::string ports_to_json(const std::vector<network::PortMapping>& ports) { return nlohmann::json(ports).dump(); }

Result<std::vector<network::PortMapping>> parse_ports_json(std::string_view text) {
  return parse_own_json<std::vector<network::PortMapping>>(text, "ports of a container");
}

std::string labels_to_json(const std::map<std::string, std::string>& labels) { return nlohmann::json(labels).dump(); }

std::map<std::string, std::string> parse_labels_json(std::string_view text) {
  return parse_own_json<std::map<std::string, std::string>>(text, "labels").value_or({});
}

}  // namespace tare::engine
