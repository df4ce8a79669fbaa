// /etc/resolv.conf and /etc/hosts of a container, in Docker's forms. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network/address.h"

namespace tare::network {

struct DnsSettings {
  std::vector<std::string> servers;   // --dns
  std::vector<std::string> searches;  // --dns-search; "." alone: none
  std::vector<std::string> options;   // --dns-option
};

// `resolver` is the network's gateway when a resolver listens there. Without one, the host's servers are used, those on
// the host's loopback excepted (they do not exist inside), and public ones when none is left. `settings` win over all.
std::string render_resolv_conf(std::string_view host_resolv_conf, const DnsSettings& settings,
                               std::optional<Ipv4> resolver);

struct HostsFile {
  std::vector<std::pair<Ipv4, std::vector<std::string>>> own;  // the container's addresses and names
  std::vector<std::pair<std::string, std::string>> extra;      // --add-host: name, address (text: may be IPv6)
};
std::string render_hosts(const HostsFile& hosts);
// "db:10.0.0.5" or "db=10.0.0.5"; the address "host-gateway" becomes `gateway`.
Result<std::pair<std::string, std::string>> parse_extra_host(std::string_view text, std::optional<Ipv4> gateway);

}  // namespace tare::network
