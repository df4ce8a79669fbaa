// Taking network devices of the host in. Only the parent, which is on the host's network, can send one here; what it
// loses by that (addresses, being up) it gets back from us, because only we are where it arrives.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "os/network_device.h"
#include "runtime/plan/net_devices.h"

namespace tare::runtime {

struct NetDevice {
  NetDeviceMove move;
  int index = 0;  // on the host
  std::vector<os::NetworkAddress> addresses;
};

// In the parent, before the clone: what the devices have.
Result<std::vector<NetDevice>> read_net_devices(const std::vector<NetDeviceMove>& moves);
// In init: asks the parent for each by message::kSendDevice and its place in the list.
Result<void> take_net_devices(const std::vector<NetDevice>& devices, BorrowedFd sync);

}  // namespace tare::runtime
