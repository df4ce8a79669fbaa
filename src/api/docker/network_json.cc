// NetworkInspect and VolumeInspect of Docker's API.
#include "api/docker/shapes.h"
#include "codec/json.h"

namespace tare::api::docker {

using codec::Json;

Result<std::string> network_json(engine::Engine& engine, const engine::NetworkRecord& network) {
  auto members = Json::object();
  for (const auto& member : network.members) {
    const auto container = engine.find_container(member.container_id);
    members[member.container_id] = {{"Name", container.ok() ? container->name : ""},
                                    {"MacAddress", member.mac},
                                    {"IPv4Address", member.address + network.subnet.substr(network.subnet.find('/'))},
                                    {"IPv6Address", ""}};
  }
  const Json json = {
      {"Name", network.name},
      {"Id", network.id},
      {"Created", network.created},
      {"Scope", "local"},
      {"Driver", network.driver},
      {"EnableIPv6", false},
      {"IPAM",
       {{"Driver", "default"}, {"Config", Json::array({{{"Subnet", network.subnet}, {"Gateway", network.gateway}}})}}},
      {"Internal", network.internal},
      {"Attachable", false},
      {"Ingress", false},
      {"Containers", members},
      {"Options", {{"com.docker.network.bridge.name", network.bridge}}},
      {"Labels", network.labels}};
  return codec::dump_json(json);
}

std::string volume_json(const engine::VolumeRecord& volume) {
  return codec::dump_json({{"Name", volume.name},
                           {"Driver", "local"},
                           {"Mountpoint", volume.mountpoint},
                           {"CreatedAt", volume.created},
                           {"Scope", "local"},
                           {"Labels", Json::object()},
                           {"Options", Json::object()}});
}

}  // namespace tare::api::docker
