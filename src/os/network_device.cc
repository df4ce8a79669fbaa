#include "os/network_device.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "base/fd.h"
#include "os/error.h"

namespace tare::os {
namespace {

// A request: the header, one fixed structure, attributes.
class Request {
 public:
  template <typename Body>
  Request(unsigned short type, unsigned short flags, const Body& body) : bytes_(NLMSG_HDRLEN, '\0') {
    append(&body, sizeof body);
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | flags);
  }

  void add(unsigned short type, std::string_view content) {
    const rtattr attribute{static_cast<unsigned short>(RTA_LENGTH(content.size())), type};
    append(&attribute, sizeof attribute);
    append(content.data(), content.size());
  }
  void add(unsigned short type, int number) { add(type, {reinterpret_cast<const char*>(&number), sizeof number}); }

  std::string_view bytes() {
    header().nlmsg_len = static_cast<unsigned>(bytes_.size());
    return bytes_;
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  void append(const void* content, size_t size) {
    bytes_.append(static_cast<const char*>(content), size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  std::string bytes_;
};

using OnMessage = std::function<void(const nlmsghdr&)>;

// Walks one datagram; true when the answer is complete.
Result<bool> read_messages(const std::string& datagram, const OnMessage& on_message, const std::string& operation) {
  auto left = static_cast<unsigned>(datagram.size());
  for (const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data()); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == NLMSG_DONE) return true;
    if (message->nlmsg_type != NLMSG_ERROR) {
      on_message(*message);
      continue;
    }
    const int number = -static_cast<const nlmsgerr*>(NLMSG_DATA(message))->error;
    if (number == 0) return true;
    return Error::from_errno(number, operation, "network device");
  }
  return false;
}

Result<void> talk(
    Request request, const std::string& operation, const OnMessage& on_message = [](const auto&) {}) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return last_error("open", "netlink socket");
  const auto bytes = request.bytes();
  if (::send(socket.get(), bytes.data(), bytes.size(), 0) < 0) return last_error(operation, "network device");
  while (true) {
    std::string datagram(size_t{32} << 10, '\0');
    const ssize_t got = retry_interrupted([&] { return ::recv(socket.get(), datagram.data(), datagram.size(), 0); });
    if (got < 0) return last_error(operation, "network device");
    datagram.resize(static_cast<size_t>(got));
    if (TRY(read_messages(datagram, on_message, operation))) return {};
  }
}

// Calls `on_attribute` for each attribute after the fixed structure of a message.
template <typename Body>
void each_attribute(const nlmsghdr& message, const std::function<void(const rtattr&, std::string)>& on_attribute) {
  const auto* first = static_cast<const char*>(NLMSG_DATA(&message)) + NLMSG_ALIGN(sizeof(Body));
  auto left = static_cast<unsigned>(message.nlmsg_len - NLMSG_LENGTH(sizeof(Body)));
  for (const auto* attribute = reinterpret_cast<const rtattr*>(first); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    on_attribute(*attribute, {static_cast<const char*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute)});
  }
}

NetworkAddress read_address(const nlmsghdr& message) {
  const auto& body = *static_cast<const ifaddrmsg*>(NLMSG_DATA(&message));
  NetworkAddress address{body.ifa_family, body.ifa_prefixlen, {}, {}, {}};
  each_attribute<ifaddrmsg>(message, [&](const rtattr& attribute, std::string content) {
    if (attribute.rta_type == IFA_LOCAL)
      address.local = std::move(content);
    else if (attribute.rta_type == IFA_ADDRESS)
      address.peer = std::move(content);
    else if (attribute.rta_type == IFA_BROADCAST)
      address.broadcast = std::move(content);
  });
  if (address.local.empty()) address.local = address.peer;  // IPv6 has no other
  return address;
}

ifinfomsg device_body(int device) {
  ifinfomsg body{};
  body.ifi_index = device;
  return body;
}

}  // namespace

Result<std::vector<NetworkDevice>> network_devices() {
  std::vector<NetworkDevice> devices;
  TRY(talk(Request(RTM_GETLINK, NLM_F_DUMP, device_body(0)), "list", [&](const nlmsghdr& message) {
    NetworkDevice device{static_cast<const ifinfomsg*>(NLMSG_DATA(&message))->ifi_index, {}};
    each_attribute<ifinfomsg>(message, [&](const rtattr& attribute, const std::string& content) {
      if (attribute.rta_type == IFLA_IFNAME) device.name = content.c_str();
    });
    devices.push_back(std::move(device));
  }));
  return devices;
}

Result<std::vector<NetworkAddress>> network_addresses(int device) {
  std::vector<NetworkAddress> addresses;
  TRY(talk(Request(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}), "list addresses of", [&](const nlmsghdr& message) {
    const auto& body = *static_cast<const ifaddrmsg*>(NLMSG_DATA(&message));
    const bool lasts = (body.ifa_flags & IFA_F_PERMANENT) != 0 && body.ifa_scope == RT_SCOPE_UNIVERSE;
    if (static_cast<int>(body.ifa_index) == device && lasts) addresses.push_back(read_address(message));
  }));
  return addresses;
}

Result<void> add_network_address(int device, const NetworkAddress& address) {
  ifaddrmsg body{};
  body.ifa_family = address.family;
  body.ifa_prefixlen = address.prefix;
  body.ifa_scope = RT_SCOPE_UNIVERSE;
  body.ifa_index = static_cast<unsigned>(device);
  if (address.family == AF_INET6) body.ifa_flags = IFA_F_NODAD;  // it was checked where the device came from
  Request request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, body);
  request.add(IFA_LOCAL, address.local);
  request.add(IFA_ADDRESS, address.peer);
  if (!address.broadcast.empty()) request.add(IFA_BROADCAST, address.broadcast);
  return talk(std::move(request), "add an address to");
}

Result<void> move_network_device(int device, pid_t process, const std::string& name) {
  Request request(RTM_NEWLINK, NLM_F_ACK, device_body(device));
  request.add(IFLA_NET_NS_PID, process);
  request.add(IFLA_IFNAME, std::string_view(name.c_str(), name.size() + 1));
  return talk(std::move(request), "move");
}

Result<void> bring_network_device_up(int device) {
  ifinfomsg body = device_body(device);
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  return talk(Request(RTM_NEWLINK, NLM_F_ACK, body), "bring up");
}

}  // namespace tare::os
