// What a container needs of the network before it starts, and giving all of it back.
//
// The network namespace is made here, connected here, and handed to the supervisor as a descriptor: when the
// supervisor and the container are gone, the kernel removes the veth pair, whoever was killed. What the kernel does
// not know of (the address in the database, the port in the map, the name in the resolver) release_network returns.
#include <fcntl.h>

#include "base/log.h"
#include "base/scope_guard.h"
#include "engine/core.h"
#include "network/etc_files.h"
#include "network/firewall.h"
#include "network/reserve.h"
#include "os/file.h"

namespace tare::engine {
namespace {

struct Published {
  std::vector<network::PortMapping> ports;
  std::vector<UniqueFd> sockets;
};

std::string table_of(const EngineCore& core) { return "tare" + network_instance(core.paths); }

// The container that published a port, for the message of who holds it.
Error busy_port(EngineCore& core, const network::PortMapping& port, Error error) {
  const auto published = network::list_published(table_of(core));
  if (!published.ok()) return error;
  for (const auto& other : *published) {
    const bool same = other.mapping.host_port == port.host_port && other.mapping.protocol == port.protocol;
    if (!same) continue;
    const auto name = container_name(core, other.container).value_or(other.container.substr(0, 12));
    return Failure(ErrorKind::kAlreadyExists, "Bind for {}:{} failed: port is already allocated by container {}",
                   network::to_string(port.host_address), port.host_port, name)
        .with_hint("choose another host port, or stop that container");
  }
  return error;
}

Result<network::ReservedPort> reserve(EngineCore& core, const network::PortSpec& spec) {
  const auto& port = spec.mapping;
  if (port.host_port == 0) return network::reserve_free_port(port.host_address, port.protocol);
  if (spec.host_port_end > port.host_port) {
    return network::reserve_free_port(port.host_address, port.protocol, port.host_port, spec.host_port_end);
  }
  auto socket = network::reserve_port(port.host_address, port.host_port, port.protocol);
  if (!socket.ok()) return busy_port(core, port, std::move(socket).error());
  return network::ReservedPort{std::move(socket).value(), port.host_port};
}

Result<std::vector<network::PortSpec>> wanted_ports(const ContainerRecord& record) {
  auto specs = record.options.ports;
  if (!record.options.publish_all) return specs;
  for (const auto& text : record.exposed_ports) {
    const auto exposed = TRY(network::parse_exposed_port(text));
    for (const auto& port : exposed) specs.push_back({.mapping = port});
  }
  return specs;
}

Result<Published> reserve_ports(EngineCore& core, const ContainerRecord& record) {
  Published published;
  const auto specs = TRY(wanted_ports(record));
  for (const auto& spec : specs) {
    auto reserved = TRY(reserve(core, spec));
    auto port = spec.mapping;
    port.host_port = reserved.port;
    published.ports.push_back(port);
    published.sockets.push_back(std::move(reserved.socket));
  }
  return published;
}

std::vector<network::PublishedPort> elements(const EndpointRecord& endpoint, const std::string& container_id) {
  std::vector<network::PublishedPort> result;
  const auto address = network::parse_ipv4(endpoint.address).value_or(network::Ipv4{});
  for (const auto& port : endpoint.ports) result.push_back({port, address, container_id});
  return result;
}

std::vector<std::string> names_of(const Container& container) {
  auto names = container.record.options.network_aliases;
  names.insert(names.begin(), container.name);
  names.push_back(container.record.id.substr(0, 12));
  const auto& hostname = container.record.options.hostname;
  if (!hostname.empty() && hostname != container.name) names.push_back(hostname);
  return names;
}

// Starts the network's resolver and tells it the container's names. False: names do not resolve here.
Result<bool> publish_names(EngineCore& core, const NetworkRecord& network, const Container& container,
                           network::Ipv4 address) {
  const auto resolver = resolver_of(core, network);
  const auto state = TRY(network::ensure_resolver(resolver));
  if (!state.running) {
    log_warning(state.warning);
    return false;
  }
  TRY(network::set_names(resolver, container.record.id, names_of(container), address));
  return true;
}

std::string host_resolv_conf() { return os::read_file("/etc/resolv.conf", size_t{1} << 20).value_or(""); }

std::string own_hostname(const ContainerRecord& record) {
  return record.options.hostname.empty() ? record.id.substr(0, 12) : record.options.hostname;
}

Result<std::string> hosts_file(const ContainerRecord& record, std::optional<network::Ipv4> address,
                               std::optional<network::Ipv4> gateway) {
  network::HostsFile hosts;
  if (address) hosts.own.emplace_back(*address, std::vector<std::string>{own_hostname(record)});
  for (const auto& extra : record.options.extra_hosts) {
    hosts.extra.push_back(TRY(network::parse_extra_host(extra, gateway)));
  }
  return network::render_hosts(hosts);
}

network::DnsSettings dns_of(const ContainerRecord& record) {
  return {.servers = record.options.dns, .searches = record.options.dns_search};
}

// The ports of a container whose supervisor was killed are free for sockets and still in the map: they are given back
// when somebody wants them.
Result<void> publish_ports(EngineCore& core, Engine& engine, const EndpointRecord& endpoint, const std::string& id) {
  auto published = network::publish(table_of(core), elements(endpoint, id));
  if (published.ok() || published.error().kind() != ErrorKind::kAlreadyExists) return published;
  TRY(engine.repair());
  return network::publish(table_of(core), elements(endpoint, id));
}

Result<PreparedNetwork> prepare_bridge(EngineCore& core, Engine& engine, const Container& container,
                                       UniqueFd network_namespace) {
  const auto& record = container.record;
  const auto network = TRY(find_or_make_network(core, record.options.network));
  const auto bridge = bridge_of(network);
  const auto bridge_index = TRY(network::ensure_bridge(bridge, table_of(core)));

  auto endpoint = TRY(take_address(core, network, record.id, record.options.address));
  ScopeGuard release([&] { (void)release_network(core, record.id).ok(); });
  auto published = TRY(reserve_ports(core, record));
  endpoint.ports = published.ports;
  TRY(record_ports(core, record.id, endpoint));

  if (!network_namespace.valid()) network_namespace = TRY(network::create_namespace());
  const auto address = network::parse_ipv4(endpoint.address).value_or(network::Ipv4{});
  const auto gateway = network.internal ? std::optional<network::Ipv4>() : bridge.gateway;
  TRY(network::attach(network_namespace, {.bridge_index = bridge_index,
                                          .host_name = network::host_interface_name(record.id),
                                          .address = address,
                                          .prefix = bridge.subnet.prefix,
                                          .mac = network::mac_of(address),
                                          .gateway = gateway}));
  TRY(publish_ports(core, engine, endpoint, record.id));
  const bool resolves = TRY(publish_names(core, network, container, address));

  PreparedNetwork prepared;
  prepared.inheritance.network_namespace = std::move(network_namespace);
  prepared.inheritance.reserved_ports = std::move(published.sockets);
  prepared.resolv_conf = network::render_resolv_conf(host_resolv_conf(), dns_of(record),
                                                     resolves ? std::optional(bridge.gateway) : std::nullopt);
  prepared.hosts = TRY(hosts_file(record, address, bridge.gateway));
  prepared.endpoints.push_back(std::move(endpoint));
  release.keep();
  return prepared;
}

// `none` needs no namespace from us: without one the runtime makes it.
Result<PreparedNetwork> prepare_without_bridge(const Container& container, UniqueFd network_namespace) {
  const auto& record = container.record;
  PreparedNetwork prepared;
  if (network_namespace.valid()) prepared.inheritance.network_namespace = std::move(network_namespace);
  prepared.resolv_conf = network::render_resolv_conf(host_resolv_conf(), dns_of(record), std::nullopt);
  if (record.options.network == "host") prepared.resolv_conf = host_resolv_conf();
  prepared.hosts = TRY(hosts_file(record, std::nullopt, std::nullopt));
  return prepared;
}

// The other container's files are used as they are, so that its names and ours stay the same.
Result<PreparedNetwork> prepare_shared(EngineCore& core, Engine& engine, const Container& container) {
  const auto other = TRY(engine.find_container(container.record.options.network.substr(sizeof("container:") - 1)));
  if (!other.running()) {
    return Failure(ErrorKind::kConflict, "cannot join the network of container {}: it is not running", other.name);
  }
  PreparedNetwork prepared;
  prepared.inheritance.network_namespace = TRY(os::open(formatted("/proc/{}/ns/net", other.state.pid), O_RDONLY));
  const auto directory = core.data_directory(other.record.id);
  prepared.resolv_conf = TRY(os::read_file(directory + "/resolv.conf"));
  prepared.hosts = TRY(os::read_file(directory + "/hosts"));
  return prepared;
}

}  // namespace

Result<PreparedNetwork> prepare_network(EngineCore& core, Engine& engine, const Container& container,
                                        UniqueFd network_namespace) {
  const auto& mode = container.record.options.network;
  if (mode == "none" || mode == "host") return prepare_without_bridge(container, std::move(network_namespace));
  if (mode.starts_with("container:")) return prepare_shared(core, engine, container);
  if (is_rootless()) {
    return Failure(ErrorKind::kUnsupported, "network {} needs root: bridges cannot be made by an ordinary user", mode)
        .with_hint("use --network host or --network none");
  }
  return prepare_bridge(core, engine, container, std::move(network_namespace));
}

Result<void> release_network(EngineCore& core, const std::string& container_id) {
  const auto endpoints = TRY(read_endpoints(core, container_id));
  for (const auto& endpoint : endpoints) {
    if (!endpoint.ports.empty()) TRY(network::unpublish(table_of(core), elements(endpoint, container_id)));
    const auto network = TRY(find_network_row(core, endpoint.network_id));
    TRY(network::remove_names(resolver_of(core, network), container_id));
  }
  if (endpoints.empty()) return {};
  return drop_endpoints(core, container_id);
}

}  // namespace tare::engine
