// Docker sets the policy of iptables' FORWARD chain to DROP, which ends our packets too, whatever our own table says:
// a packet must pass every table. For such wishes it has the chain DOCKER-USER, which it asks first and never empties.
#pragma once

#include <string>

#include "base/result.h"

namespace tare::network {

// Makes Docker's table let this bridge's packets pass; our own table still judges them. One short query without Docker.
Result<void> pass_docker(const std::string& bridge);
Result<void> forget_docker(const std::string& bridge);

}  // namespace tare::network
