// Netlink in few round trips: messages are collected in one buffer, sent in one call, answered together. The kernel
// works on a request inside the sending call, so that all errors wait in the socket when it returns and no message
// needs an acknowledgement: a request that only changes something costs one send and one empty receive.
#pragma once

#include <libmnl/libmnl.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::network {

// Messages for one send. Each has a label, "add interface te0123", that becomes the text of its error.
class NetlinkBatch {
 public:
  // A new message at the end, to be filled with mnl_nlmsg_put_extra_header and mnl_attr_put*. The pointer is good
  // until the next add, and the message must stay under kMaximum bytes: libmnl does not look at the buffer's end.
  nlmsghdr* add(uint16_t type, uint16_t flags, std::string label);

  static constexpr size_t kMaximum = 4096;
  const char* data() const { return buffer_.data(); }
  size_t size() const;
  size_t count() const { return labels_.size(); }
  // Of the message with this sequence number; they count from 1.
  const std::string& label(uint32_t sequence) const;

 private:
  std::vector<char> buffer_;
  size_t last_ = 0;  // where the last message begins
  std::vector<std::string> labels_;
};

// The attributes of a message behind its `header_size` bytes of header, and those nested in one attribute: `visit` gets
// each. (libmnl's own loops are macros that C++ does not accept.)
template <typename Visit>
void for_each_attribute(const nlmsghdr* message, size_t header_size, Visit visit) {
  const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, header_size));
  const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
       attribute = mnl_attr_next(attribute)) {
    visit(attribute);
  }
}
template <typename Visit>
void for_each_nested(const nlattr* nest, Visit visit) {
  const auto* attribute = static_cast<const nlattr*>(mnl_attr_get_payload(nest));
  const char* end = static_cast<const char*>(mnl_attr_get_payload(nest)) + mnl_attr_get_payload_len(nest);
  for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
       attribute = mnl_attr_next(attribute)) {
    visit(attribute);
  }
}

// Sees each answer that is neither an error nor an end mark.
using NetlinkReply = std::function<void(const nlmsghdr*)>;

class NetlinkSocket {
 public:
  // `protocol`: NETLINK_ROUTE or NETLINK_NETFILTER, in the calling thread's network namespace.
  static Result<NetlinkSocket> open(int protocol);

  // Sends all, reads all answers, and returns the first error: its kind and number come from the kernel, its text
  // from the label and the kernel's own explanation. Later messages of a failed batch were still worked on, unless the
  // protocol makes it a transaction (nftables).
  Result<void> exchange(const NetlinkBatch& batch, const NetlinkReply& on_reply = {});

 private:
  explicit NetlinkSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<void> send(const NetlinkBatch& batch);
  UniqueFd fd_;
};

}  // namespace tare::network
