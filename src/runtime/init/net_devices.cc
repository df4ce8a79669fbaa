#include "runtime/init/net_devices.h"

#include <net/if.h>

#include <algorithm>

#include "os/error.h"
#include "os/fd_passing.h"
#include "runtime/init/init.h"

namespace tare::runtime {
namespace {

Result<void> ask_for(size_t place, BorrowedFd sync) {
  TRY(os::send_message(sync, formatted("{}{}", message::kSendDevice, place)));
  const os::Message reply = TRY(os::receive_message(sync));
  if (!reply.bytes.empty() && reply.bytes[0] == message::kContinue) return {};
  return Failure(ErrorKind::kCancelled, "the process that made the container is gone");
}

// The kernel may have changed its index, and its name when that was a template: it is the one that was not there.
Result<int> find_new_device(const std::vector<os::NetworkDevice>& before) {
  for (const auto& device : TRY(os::network_devices())) {
    const bool was_there =
        std::any_of(before.begin(), before.end(), [&](const auto& earlier) { return earlier.index == device.index; });
    if (!was_there) return int{device.index};
  }
  return Failure(ErrorKind::kInternal, "it has not arrived");
}

Result<void> take(const NetDevice& device, size_t place, BorrowedFd sync) {
  const auto before = TRY(os::network_devices());
  TRY(ask_for(place, sync));
  const int index = TRY(find_new_device(before));
  for (const auto& address : device.addresses) TRY(os::add_network_address(index, address));
  return os::bring_network_device_up(index);
}

}  // namespace

Result<std::vector<NetDevice>> read_net_devices(const std::vector<NetDeviceMove>& moves) {
  std::vector<NetDevice> devices;
  for (const auto& move : moves) {
    NetDevice device{move, static_cast<int>(::if_nametoindex(move.host_name.c_str())), {}};
    if (device.index == 0) return os::last_error("find network device", move.host_name);
    device.addresses = TRY(os::network_addresses(device.index));
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<void> take_net_devices(const std::vector<NetDevice>& devices, BorrowedFd sync) {
  for (size_t place = 0; place < devices.size(); ++place) {
    TRY(take(devices[place], place, sync).context("linux.netDevices." + devices[place].move.host_name));
  }
  return {};
}

}  // namespace tare::runtime
