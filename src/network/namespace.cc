// A network namespace belongs to a thread, so it is made by going there and coming back; a child process would cost
// more. Only a descriptor keeps it: nothing is bound to the file system that a crash could leave.
#include "network/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "network/link.h"
#include "network/network.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::network {

namespace {

// Interfaces that are added get no IPv6 address: none of our networks routes it, and duplicate address detection and
// announcements would only cost. lo keeps ::1. A kernel without IPv6 has no such file.
void leave_out_ipv6() {
  auto written = os::write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  if (!written) return;
}

Result<void> set_up_own_namespace() {
  auto socket = TRY(NetlinkSocket::open(NETLINK_ROUTE));
  NetlinkBatch batch;
  add_set_up(batch, kLoopbackIndex);
  TRY(socket.exchange(batch));
  leave_out_ipv6();
  return {};
}

}  // namespace

Result<UniqueFd> open_own_namespace() { return os::open("/proc/thread-self/ns/net", O_RDONLY); }

Result<NamespaceVisit> NamespaceVisit::enter(BorrowedFd network_namespace) {
  auto home = TRY(open_own_namespace());
  if (::setns(network_namespace.get(), CLONE_NEWNET) != 0) return os::last_error("enter", "network namespace");
  return NamespaceVisit(std::move(home));
}

Result<NamespaceVisit> NamespaceVisit::enter_new() {
  auto home = TRY(open_own_namespace());
  if (::unshare(CLONE_NEWNET) != 0) return os::last_error("create", "network namespace");
  return NamespaceVisit(std::move(home));
}

NamespaceVisit::~NamespaceVisit() {
  if (home_.valid() && ::setns(home_.get(), CLONE_NEWNET) != 0) ::abort();
}

Result<UniqueFd> create_namespace() {
  auto visit = TRY(NamespaceVisit::enter_new());
  TRY(set_up_own_namespace());
  return open_own_namespace();
}

Result<void> set_up_namespace(BorrowedFd network_namespace) {
  auto visit = TRY(NamespaceVisit::enter(network_namespace));
  return set_up_own_namespace();
}

}  // namespace tare::network
