// The rows of `endpoints`: which address a running container has in which network. The UNIQUE constraint makes it
// impossible for two starts to take the same address.
#include "engine/core.h"
#include "network/allocate.h"

namespace tare::engine {
namespace {

Result<std::set<network::Ipv4>> taken_addresses(EngineCore& core, const NetworkRecord& network) {
  auto rows = TRY(core.database().prepare("SELECT address FROM endpoints WHERE network_id = ?"));
  rows.bind(network.id);
  std::set<network::Ipv4> taken;
  while (TRY(rows.step())) taken.insert(network::parse_ipv4(rows.text(0)).value_or(network::Ipv4{}));
  return taken;
}

Result<network::Ipv4> choose_address(EngineCore& core, const NetworkRecord& network, const std::string& wanted) {
  const auto bridge = bridge_of(network);
  const auto taken = TRY(taken_addresses(core, network));
  if (wanted.empty()) return network::allocate_address(bridge.subnet, taken, bridge.gateway);
  const auto address = network::parse_ipv4(wanted);
  if (!address) return Failure(ErrorKind::kInvalidArgument, "--ip {} is not an IPv4 address", wanted);
  TRY(network::check_address(bridge.subnet, taken, bridge.gateway, *address));
  return *address;
}

constexpr const char* kSelectEndpoints =
    "SELECT e.network_id, n.name, e.address, e.mac, e.ports, n.gateway, n.subnet, e.container_id FROM endpoints e "
    "JOIN networks n ON n.id = e.network_id";

Result<EndpointRecord> endpoint_of(const store::Statement& row) {
  const auto subnet = TRY(network::parse_subnet(row.text(6)));
  auto ports = TRY(parse_ports_json(row.text(4)));
  return EndpointRecord{row.text(0),     row.text(1), row.text(2),
                        row.text(3),     row.text(5), static_cast<int>(subnet.prefix),
                        std::move(ports)};
}

}  // namespace

Result<EndpointRecord> take_address(EngineCore& core, const NetworkRecord& network, const std::string& container_id,
                                    const std::string& wanted) {
  auto transaction = TRY(core.database().begin());
  auto old = TRY(core.database().prepare("DELETE FROM endpoints WHERE container_id = ? AND network_id = ?"));
  TRY(old.bind(container_id).bind(network.id).run());
  const auto address = TRY(choose_address(core, network, wanted));
  EndpointRecord endpoint{.network_id = network.id,
                          .network_name = network.name,
                          .address = network::to_string(address),
                          .mac = network::to_string(network::mac_of(address)),
                          .gateway = network.gateway,
                          .prefix_length = static_cast<int>(bridge_of(network).subnet.prefix)};
  auto row = TRY(
      core.database().prepare("INSERT INTO endpoints (container_id, network_id, address, mac) VALUES (?, ?, ?, ?)"));
  TRY(row.bind(container_id).bind(network.id).bind(endpoint.address).bind(endpoint.mac).run());
  TRY(transaction.commit());
  return endpoint;
}

Result<void> record_ports(EngineCore& core, const std::string& container_id, const EndpointRecord& endpoint) {
  if (endpoint.ports.empty()) return {};
  auto row = TRY(core.database().prepare("UPDATE endpoints SET ports = ? WHERE container_id = ? AND network_id = ?"));
  return row.bind(ports_to_json(endpoint.ports)).bind(container_id).bind(endpoint.network_id).run();
}

Result<std::vector<EndpointRecord>> read_endpoints(EngineCore& core, const std::string& container_id) {
  auto rows = TRY(core.database().prepare(formatted("{} WHERE e.container_id = ?", kSelectEndpoints)));
  rows.bind(container_id);
  std::vector<EndpointRecord> endpoints;
  while (TRY(rows.step())) endpoints.push_back(TRY(endpoint_of(rows)));
  return endpoints;
}

Result<std::multimap<std::string, EndpointRecord>> read_all_endpoints(EngineCore& core) {
  auto rows = TRY(core.database().prepare(kSelectEndpoints));
  std::multimap<std::string, EndpointRecord> endpoints;
  while (TRY(rows.step())) endpoints.emplace(rows.text(7), TRY(endpoint_of(rows)));
  return endpoints;
}

Result<void> drop_endpoints(EngineCore& core, const std::string& container_id) {
  auto row = TRY(core.database().prepare("DELETE FROM endpoints WHERE container_id = ?"));
  return row.bind(container_id).run();
}

}  // namespace tare::engine
