// Bridge networks in the database. The default one ("bridge") is made by the first container that wants it.
#include <functional>

#include "base/clock.h"
#include "base/log.h"
#include "engine/core.h"
#include "network/allocate.h"
#include "network/firewall.h"
#include "network/network.h"
#include "network/resolver.h"
#include "os/file.h"

namespace tare::engine {
namespace {

constexpr const char* kColumns = "id, name, bridge, subnet, gateway, internal, created, labels";

NetworkRecord read_row(const store::Statement& row) {
  NetworkRecord network;
  network.id = row.text(0);
  network.name = row.text(1);
  network.bridge = row.text(2);
  network.subnet = row.text(3);
  network.gateway = row.text(4);
  network.internal = row.integer(5) != 0;
  network.created = row.text(6);
  network.labels = parse_labels_json(row.text(7));
  return network;
}

Result<void> read_members(EngineCore& core, NetworkRecord& network) {
  auto rows = TRY(core.database().prepare("SELECT container_id, address, mac FROM endpoints WHERE network_id = ?"));
  rows.bind(network.id);
  while (TRY(rows.step())) network.members.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return {};
}

Result<std::vector<NetworkRecord>> read_networks(EngineCore& core) {
  auto rows = TRY(core.database().prepare(formatted("SELECT {} FROM networks ORDER BY name", kColumns)));
  std::vector<NetworkRecord> networks;
  while (TRY(rows.step())) networks.push_back(read_row(rows));
  return networks;
}

Result<network::Subnet> choose_subnet(EngineCore& core, const NetworkOptions& options) {
  if (!options.subnet.empty()) return network::parse_subnet(options.subnet);
  auto taken = TRY(network::read_host_subnets());
  const auto networks = TRY(read_networks(core));
  for (const auto& other : networks) taken.push_back(TRY(network::parse_subnet(other.subnet)));
  return network::choose_subnet(taken);
}

Result<network::Ipv4> choose_gateway(const NetworkOptions& options, const network::Subnet& subnet) {
  if (options.gateway.empty()) return network::default_gateway(subnet);
  const auto gateway = network::parse_ipv4(options.gateway);
  if (gateway && subnet.contains(*gateway)) return *gateway;
  return Failure(ErrorKind::kInvalidArgument, "gateway {} is not an address of {}", options.gateway,
                 network::to_string(subnet));
}

// Interface names are the host's: another data root on it must not choose the same.
std::string bridge_name(const os::Paths& paths, const NetworkRecord& network) {
  if (network.name == kDefaultNetwork) return "tare0" + network_instance(paths);
  return "tr-" + network.id.substr(0, 12);
}

Result<NetworkRecord> plan_network(EngineCore& core, const NetworkOptions& options) {
  NetworkRecord network;
  network.id = TRY(make_id());
  network.name = options.name;
  const auto subnet = TRY(choose_subnet(core, options));
  network.subnet = network::to_string(subnet);
  network.gateway = network::to_string(TRY(choose_gateway(options, subnet)));
  network.bridge = bridge_name(core.paths, network);
  network.internal = options.internal;
  network.created = format_rfc3339_nano(now());
  network.labels = options.labels;
  return network;
}

Result<void> insert_network(EngineCore& core, const NetworkRecord& network) {
  auto row = TRY(core.database().prepare(formatted("INSERT INTO networks ({}) VALUES (?,?,?,?,?,?,?,?)", kColumns)));
  row.bind(network.id).bind(network.name).bind(network.bridge).bind(network.subnet).bind(network.gateway);
  row.bind(int64_t{network.internal}).bind(network.created).bind(labels_to_json(network.labels));
  return row.run();
}

Result<void> check_new_network(EngineCore& core, const NetworkOptions& options) {
  TRY(check_name(options.name, "network"));
  if (options.name == "host" || options.name == "none" || options.name == "default") {
    return Failure(ErrorKind::kPermissionDenied, "the name {} is reserved", options.name);
  }
  const auto networks = TRY(read_networks(core));
  for (const auto& other : networks) {
    if (other.name == options.name) {
      return Failure(ErrorKind::kAlreadyExists, "network with name {} already exists", options.name);
    }
    if (options.subnet.empty()) continue;
    const auto wanted = TRY(network::parse_subnet(options.subnet));
    const auto theirs = TRY(network::parse_subnet(other.subnet));
    if (!wanted.overlaps(theirs)) continue;
    return Failure(ErrorKind::kAlreadyExists, "subnet {} overlaps with {} of network {}", options.subnet, other.subnet,
                   other.name);
  }
  return {};
}

// What another table drops, ours cannot let pass; told once, when a network is made.
void warn_of_foreign_drops(const EngineCore& core, const NetworkRecord& network) {
  const auto chains = network::find_foreign_drops("tare" + network_instance(core.paths));
  if (!chains.ok()) return;
  for (const auto& chain : *chains) {
    log_warning(
        formatted("the firewall chain {} drops forwarded packets: network {} has no way out until it accepts "
                  "those of interface {} in both directions",
                  chain, network.name, network.bridge));
  }
}

}  // namespace

std::string network_instance(const os::Paths& paths) {
  if (paths.data == "/var/lib/tare") return "";
  const auto hash = std::hash<std::string>()(paths.data);
  return formatted("-{:08x}", static_cast<uint32_t>(hash ^ (hash >> 32)));
}

network::Bridge bridge_of(const NetworkRecord& network) {
  return {.name = network.bridge,
          .subnet = network::parse_subnet(network.subnet).value(),
          .gateway = network::parse_ipv4(network.gateway).value_or(network::Ipv4{}),
          .internal = network.internal};
}

Result<NetworkRecord> find_network_row(EngineCore& core, std::string_view name_or_id) {
  auto row = TRY(core.database().prepare(
      formatted("SELECT {} FROM networks WHERE name = ?1 OR id = ?1 ORDER BY name = ?1 DESC LIMIT 1", kColumns)));
  row.bind(name_or_id);
  if (TRY(row.step())) return read_row(row);
  const auto networks = TRY(read_networks(core));
  for (const auto& network : networks) {
    if (name_or_id.size() >= 4 && network.id.starts_with(name_or_id)) return network;
  }
  return Failure(ErrorKind::kNotFound, "network {} not found", name_or_id)
      .with_hint("see `tare network ls`, or make it with `tare network create`");
}

Result<NetworkRecord> find_or_make_network(EngineCore& core, const std::string& wanted) {
  const std::string name = wanted == "default" ? kDefaultNetwork : wanted;
  auto found = find_network_row(core, name);
  if (found.ok() || name != kDefaultNetwork) return found;
  auto transaction = TRY(core.database().begin());
  found = find_network_row(core, name);  // another process may have made it meanwhile
  if (found.ok()) return found;
  auto network = TRY(plan_network(core, {.name = name}));
  TRY(insert_network(core, network));
  TRY(transaction.commit());
  warn_of_foreign_drops(core, network);
  return network;
}

Result<NetworkRecord> Engine::create_network(const NetworkOptions& options) {
  auto transaction = TRY(core_->database().begin());
  TRY(check_new_network(*core_, options));
  auto network = TRY(plan_network(*core_, options));
  TRY(insert_network(*core_, network));
  TRY(network::ensure_bridge(bridge_of(network), "tare" + network_instance(core_->paths)));
  TRY(transaction.commit());
  warn_of_foreign_drops(*core_, network);
  return network;
}

Result<NetworkRecord> Engine::find_network(std::string_view name_or_id) {
  auto network = TRY(find_network_row(*core_, name_or_id));
  TRY(read_members(*core_, network));
  return network;
}

Result<std::vector<NetworkRecord>> Engine::list_networks() {
  TRY(find_or_make_network(*core_, kDefaultNetwork));
  auto networks = TRY(read_networks(*core_));
  for (auto& network : networks) TRY(read_members(*core_, network));
  return networks;
}

Result<void> Engine::remove_network(std::string_view name_or_id) {
  TRY(repair());
  auto transaction = TRY(core_->database().begin());
  auto network = TRY(find_network_row(*core_, name_or_id));
  TRY(read_members(*core_, network));
  if (!network.members.empty()) {
    const auto name = container_name(*core_, network.members.front().container_id).value_or("?");
    return Failure(ErrorKind::kConflict, "network {} is used by {} running containers, {} among them", network.name,
                   network.members.size(), name)
        .with_hint("stop them first");
  }
  auto row = TRY(core_->database().prepare("DELETE FROM networks WHERE id = ?"));
  TRY(row.bind(network.id).run());
  TRY(network::stop_resolver(resolver_of(*core_, network)));
  TRY(network::remove_bridge(bridge_of(network), "tare" + network_instance(core_->paths)));
  return transaction.commit();
}

network::Resolver resolver_of(const EngineCore& core, const NetworkRecord& network) {
  return {.run_directory = core.paths.run,
          .network = network.bridge,
          .gateway = network::parse_ipv4(network.gateway).value_or(network::Ipv4{}),
          .internal = network.internal};
}

}  // namespace tare::engine
