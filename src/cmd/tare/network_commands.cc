// The commands about networks.
#include <iostream>

#include "cmd/tare/arguments.h"
#include "cmd/tare/command.h"
#include "cmd/tare/inspect.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"

namespace tare::cmd {
namespace {

Result<int> create_network(const Words& words) {
  engine::NetworkOptions options;
  std::string driver = "bridge";
  std::vector<std::string> labels;
  Arguments arguments("tare network create [OPTIONS] NETWORK", "Create a network");
  arguments.text("--subnet", options.subnet, "IPv4 subnet, as 172.30.0.0/16");
  arguments.text("--gateway", options.gateway, "Address of the bridge");
  arguments.text("-d,--driver", driver, "bridge");
  arguments.flag("--internal", options.internal, "No way out of the network");
  arguments.list("--label", labels, "Set labels");
  for (const auto* name :
       {"--ip-range", "--ipv6", "-o,--opt", "--attachable", "--aux-address", "--ipam-driver", "--scope"}) {
    arguments.refused(name);
  }
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  if (driver != "bridge") return Failure(ErrorKind::kUnsupported, "network driver {} is not supported yet", driver);
  options.name = names[0];
  for (const auto& label : labels) {
    const auto parts = cut(label, '=');
    options.labels[std::string(parts ? parts->first : label)] = parts ? parts->second : "";
  }
  auto engine = TRY(open_engine());
  const auto network = TRY(engine.create_network(options));
  std::cout << network.id << "\n";
  return 0;
}

Result<int> list_networks(const Words& words) {
  bool quiet = false;
  bool no_trunc = false;
  std::string format;
  Arguments arguments("tare network ls [OPTIONS]", "List networks");
  arguments.flag("-q,--quiet", quiet, "Only ids");
  arguments.flag("--no-trunc", no_trunc, "Do not shorten");
  arguments.text("--format", format, "json, or a Go template");
  arguments.refused("-f,--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  auto engine = TRY(open_engine());
  Table table{.columns = {{"NETWORK ID", "ID"}, {"NAME", "Name"}, {"DRIVER", "Driver"}, {"SCOPE", "Scope"}},
              .shown = 4,
              .rows = {}};
  const auto networks = TRY(engine.list_networks());
  for (const auto& network : networks) {
    table.rows.push_back({{"ID", no_trunc ? network.id : network.id.substr(0, 12)},
                          {"Name", network.name},
                          {"Driver", network.driver},
                          {"Scope", "local"}});
  }
  std::cout << TRY(render_table(table, quiet ? "{{.ID}}" : format));
  return 0;
}

Result<int> remove_networks(const Words& words) {
  Arguments arguments("tare network rm NETWORK [NETWORK...]", "Remove one or more networks");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) { return engine.remove_network(name); });
}

constexpr Command kCommands[] = {
    {"network create", "Create a network", create_network},
    {"network ls", "List networks", list_networks},
    {"network list", "", list_networks},
    {"network inspect", "Show everything about networks as JSON", inspect_networks_command},
    {"network rm", "Remove one or more networks", remove_networks},
};

}  // namespace

std::span<const Command> network_commands() { return kCommands; }

}  // namespace tare::cmd
