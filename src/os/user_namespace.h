// Root for an ordinary user: a user namespace in which we are user 0, with the user's range of subordinate ids where
// the system grants one (/etc/subuid and newuidmap), else with the user's own id alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// Does nothing when we are root already (of the host or of such a namespace). Else makes user and mount namespaces and
// sets TARE_ROOTLESS_UID to the id that we had. For the start of main, while the process has one thread.
Result<void> become_root_in_user_namespace();

// The same by joining the namespaces of a process that did so before (a running container's supervisor): only from
// inside them can its containers be entered. Does nothing for root.
Result<void> join_user_namespace_of(pid_t pid);

// A user namespace that no process lives in: the descriptor keeps it. Needs root. `with_network`: a network namespace
// too, which belongs to it, so that its root may do there what root does (bind port 80, send pings).
struct IdMaps {
  std::string uids;  // lines of /proc/PID/uid_map
  std::string gids;
};
struct OwnNamespaces {
  UniqueFd user;
  UniqueFd network;
};
enum class NetworkNamespace { kNone, kNew };
Result<OwnNamespaces> make_user_namespace(const IdMaps& maps, NetworkNamespace network);

// In a user namespace that was joined we keep ids that it does not map, and could make no file in it: become its root,
// where it has one.
void become_root_of_joined_namespace();

struct SubordinateIds {
  uint32_t first = 0;
  uint32_t count = 0;
};
// The first range of a user in a text of /etc/subuid's format ("name:100000:65536"), by name or number.
std::optional<SubordinateIds> find_subordinate_ids(std::string_view text, std::string_view user, uid_t uid);

}  // namespace tare::os
