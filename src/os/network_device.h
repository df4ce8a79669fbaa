// Network devices through rtnetlink: moved to another network namespace with their addresses. Raw messages, because it
// is four of them and the programs that link this module are to stay small.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::os {

struct NetworkDevice {
  int index = 0;
  std::string name;
};
// Of the caller's network namespace.
Result<std::vector<NetworkDevice>> network_devices();

struct NetworkAddress {
  unsigned char family = 0;
  unsigned char prefix = 0;
  std::string local;      // as bytes
  std::string peer;       // of a point-to-point link; often the same
  std::string broadcast;  // empty: none
};
// Those that are permanent and of global scope.
Result<std::vector<NetworkAddress>> network_addresses(int device);
Result<void> add_network_address(int device, const NetworkAddress& address);

// Moves it to the network namespace of a process; `name` is its name there, and may end in "%d".
Result<void> move_network_device(int device, pid_t process, const std::string& name);
Result<void> bring_network_device_up(int device);

}  // namespace tare::os
