#include "cmd/tare/network_options.h"

#include "cmd/tare/option_values.h"

namespace tare::cmd {

using engine::ContainerOptions;

void declare_network(Arguments& arguments, NetworkWords& words, ContainerOptions& options) {
  arguments.list("--network,--net", words.networks, "none, host, container:NAME, or a network");
  arguments.list("--network-alias", options.network_aliases, "More names in the network");
  arguments.text("--ip", options.address, "IPv4 address");
  arguments.list("-p,--publish", words.ports, "Publish ports: [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]");
  arguments.flag("-P,--publish-all", options.publish_all, "Publish all exposed ports to free ones");
  arguments.list("--expose", options.expose, "Expose ports");
  arguments.list("--dns", options.dns, "DNS servers");
  arguments.list("--dns-search", options.dns_search, "DNS search domains");
  arguments.list("--add-host", options.extra_hosts, "Add a line to /etc/hosts: NAME:ADDRESS");
  arguments.text("-h,--hostname", options.hostname, "Host name");
  arguments.text("--domainname", options.domainname, "NIS domain name");
  for (const auto* name : {"--ip6", "--mac-address", "--link", "--link-local-ip", "--dns-option"})
    arguments.refused(name);
}

Result<void> read_network(const NetworkWords& words, ContainerOptions& options) {
  for (const auto& text : words.ports) {
    const auto specs = TRY(network::parse_port_mapping(text));
    options.ports.insert(options.ports.end(), specs.begin(), specs.end());
  }
  if (words.networks.size() > 1) {
    return Error(ErrorKind::kUnsupported, "more than one --network is not supported yet");
  }
  if (!words.networks.empty()) options.network = words.networks.front();
  return {};
}

}  // namespace tare::cmd
