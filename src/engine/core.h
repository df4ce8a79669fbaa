// What the files of the engine share: its directories, the store, and the rows of its tables.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "network/network.h"
#include "network/port_mapping.h"
#include "network/resolver.h"
#include "os/file.h"
#include "store/database.h"

namespace tare::engine {

struct EngineCore {
  os::Paths paths;
  store::Store store;
  std::optional<ContainerRecord> created;  // the last one that this process made: records never change

  store::Database& database() { return store.database(); }
  std::string data_directory(const std::string& id) const { return paths.containers() + "/" + id; }
  std::string run_directory(const std::string& id) const { return paths.run_containers() + "/" + id; }
  std::string volumes_directory() const { return paths.data + "/volumes"; }
};

// An ordinary user's engine, inside a user namespace (os/user_namespace.h).
bool is_rootless();

// The program of --runtime: an absolute path, or a name in PATH; empty for our own. kInvalidArgument when there is
// none.
Result<std::string> find_runtime(const std::string& name);

// 64 hexadecimal digits, as Docker's ids.
Result<std::string> make_id();

// ---- container_find.cc, container_remove.cc: rows and files of containers
struct ContainerRow {
  std::string id;
  std::string name;
};
Result<std::vector<ContainerRow>> container_rows(EngineCore& core);
Result<ContainerRecord> read_record(const EngineCore& core, const std::string& id);
Result<Container> read_container(EngineCore& core, const std::string& id, const std::string& name);
// Without its endpoints.
Result<Container> read_files(const EngineCore& core, const std::string& id, const std::string& name);
Result<std::string> container_name(EngineCore& core, const std::string& id);
// Drops the row and the claim on the image; absent is fine.
Result<void> forget_container(EngineCore& core, const std::string& id);
// Held while a container is started or taken apart, so that neither sees the other half done.
Result<os::FileLock> lock_container(const EngineCore& core, const std::string& id);
bool is_locked(const EngineCore& core, const std::string& id);

// ---- container_list.cc: what a container's row says beside its name
ContainerSummary summarize(const ContainerRecord& record);  // without the name, state and endpoints
// kAlreadyExists: another container has the name.
Result<void> write_summary(EngineCore& core, const ContainerSummary& summary);

// ---- endpoint.cc: rows of containers in networks
Result<std::vector<EndpointRecord>> read_endpoints(EngineCore& core, const std::string& container_id);
// Of all containers, by container id.
Result<std::multimap<std::string, EndpointRecord>> read_all_endpoints(EngineCore& core);
// Takes a free address of the network (or the wanted one) for the container.
Result<EndpointRecord> take_address(EngineCore& core, const NetworkRecord& network, const std::string& container_id,
                                    const std::string& wanted);
Result<void> record_ports(EngineCore& core, const std::string& container_id, const EndpointRecord& endpoint);
Result<void> drop_endpoints(EngineCore& core, const std::string& container_id);
std::string ports_to_json(const std::vector<network::PortMapping>& ports);
Result<std::vector<network::PortMapping>> parse_ports_json(std::string_view text);

// ---- container_network.cc: what a start needs of the network, and giving it back
struct PreparedNetwork {
  supervise::Inheritance inheritance;
  std::vector<EndpointRecord> endpoints;
  std::string resolv_conf;
  std::string hosts;
};
// `network_namespace`: one that was made for the container, with lo up; invalid: one is made when it is needed.
Result<PreparedNetwork> prepare_network(EngineCore& core, Engine& engine, const Container& container,
                                        UniqueFd network_namespace);
Result<void> release_network(EngineCore& core, const std::string& container_id);

// ---- network_store.cc
Result<NetworkRecord> find_or_make_network(EngineCore& core, const std::string& name);
Result<NetworkRecord> find_network_row(EngineCore& core, std::string_view name_or_id);
network::Bridge bridge_of(const NetworkRecord& network);
network::Resolver resolver_of(const EngineCore& core, const NetworkRecord& network);
// "" for the default data root, else a short suffix: interfaces and firewall tables of several roots share one host.
std::string network_instance(const os::Paths& paths);
std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::map<std::string, std::string> parse_labels_json(std::string_view text);

}  // namespace tare::engine
