// Names of containers: one dnsmasq per network, on the gateway's address only. It reads a directory with one file per
// container again as soon as a file changes (inotify), so a name costs one small file. Upstream is the host's own
// resolv.conf, and it may be a stub on the host's loopback, for dnsmasq runs in the host's network namespace.
//
// RUN/dns/NETWORK/hosts/CONTAINER and RUN/dns/NETWORK/pid. dnsmasq runs as an ordinary user: RUN must be passable by
// others (mode 0711). Without dnsmasq names are only in /etc/hosts: the caller prints the warning that it is given.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "network/address.h"

namespace tare::network {

struct Resolver {
  std::string run_directory;  // of the engine: RUN
  std::string network;        // its id or name: a file name
  Ipv4 gateway;
  bool internal = false;  // forwards nothing
};

struct ResolverState {
  bool running = false;
  std::string warning;  // why names do not resolve here; empty when it runs
};

// Starts it unless it runs already (then: one read of the pid file, one of /proc). It survives the caller.
Result<ResolverState> ensure_resolver(const Resolver& resolver);
Result<void> stop_resolver(const Resolver& resolver);  // with its directory; absent is fine

// Replaces the names of the container in this network: its name, hostname, short id, aliases.
Result<void> set_names(const Resolver& resolver, const std::string& container, const std::vector<std::string>& names,
                       Ipv4 address);
Result<void> remove_names(const Resolver& resolver, const std::string& container);
// After a crash: removes the names of containers that do not live. Returns how many.
Result<size_t> remove_dead_names(const Resolver& resolver, const std::set<std::string>& live_containers);

}  // namespace tare::network
