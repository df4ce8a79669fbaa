// Reading until the socket is empty replaces acknowledgements. This is right for changes and for single answers, which
// the kernel queues inside send, and for dumps, of which each receive makes the next part.
#include "network/netlink.h"

#include <sys/socket.h>

#include "os/error.h"

namespace tare::network {
namespace {

// The kernel's words for a refused message, when it has any (NLMSGERR_ATTR_MSG).
std::string explanation(const nlmsghdr* message) {
  if (!(message->nlmsg_flags & NLM_F_ACK_TLVS)) return {};
  const auto* failure = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
  size_t offset = sizeof(*failure);
  if (!(message->nlmsg_flags & NLM_F_CAPPED)) offset += mnl_nlmsg_get_payload_len(&failure->msg);
  std::string words;
  for_each_attribute(message, offset, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG) words = mnl_attr_get_str(attribute);
  });
  return words;
}

Error make_error(const NetlinkBatch& batch, const nlmsghdr* message, int number) {
  std::string label = batch.label(message->nlmsg_seq);
  auto words = explanation(message);
  if (!words.empty()) label += formatted(" ({})", words);
  return Error::from_errno(number, "netlink", label);
}

// The errno of an error or of the end of a dump; 0 for success and for all other messages.
int error_number(const nlmsghdr* message) {
  if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE) return 0;
  if (mnl_nlmsg_get_payload_len(message) < sizeof(int)) return 0;
  return -*static_cast<const int*>(mnl_nlmsg_get_payload(message));
}

}  // namespace

nlmsghdr* NetlinkBatch::add(uint16_t type, uint16_t flags, std::string label) {
  last_ = size();
  buffer_.resize(last_ + kMaximum);
  labels_.push_back(std::move(label));
  auto* message = mnl_nlmsg_put_header(buffer_.data() + last_);
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | flags;
  message->nlmsg_seq = static_cast<uint32_t>(labels_.size());
  return message;
}

size_t NetlinkBatch::size() const {
  if (labels_.empty()) return 0;
  return last_ + NLMSG_ALIGN(reinterpret_cast<const nlmsghdr*>(buffer_.data() + last_)->nlmsg_len);
}

const std::string& NetlinkBatch::label(uint32_t sequence) const {
  return labels_.at(sequence >= 1 && sequence <= labels_.size() ? sequence - 1 : 0);
}

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd.valid())
    return os::last_error("open socket", protocol == NETLINK_ROUTE ? "netlink route" : "netlink netfilter");
  // Errors come with the kernel's explanation and without a copy of the request. Best effort: only the text is better.
  int on = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  return NetlinkSocket(std::move(fd));
}

Result<void> NetlinkSocket::send(const NetlinkBatch& batch) {
  int size = static_cast<int>(batch.size());
  // Above the default only for a batch of hundreds of ports; forced, for wmem_max is smaller than a thousand of them.
  if (size > 64 * 1024) {
    int room = 2 * size;
    if (::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) != 0)
      return os::last_error("setsockopt SO_SNDBUFFORCE", batch.label(1));
  }
  if (os::retry_interrupted([&] { return ::send(fd_.get(), batch.data(), batch.size(), 0); }) < 0)
    return os::last_error("send netlink request", batch.label(1));
  return {};
}

Result<void> NetlinkSocket::exchange(const NetlinkBatch& batch, const NetlinkReply& on_reply) {
  auto sent = send(batch);
  if (!sent) return sent;
  std::optional<Error> first;
  std::vector<char> buffer(32 * 1024);
  while (true) {
    ssize_t got = os::retry_interrupted([&] { return ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT); });
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got < 0) return os::last_error("receive netlink answer", batch.label(1));
    int rest = static_cast<int>(got);
    for (auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(message, rest);
         message = mnl_nlmsg_next(message, &rest)) {
      if (int number = error_number(message)) {
        if (!first) first = make_error(batch, message, number);
      } else if (message->nlmsg_type >= NLMSG_MIN_TYPE && on_reply) {
        on_reply(message);
      }
    }
  }
  if (first) return std::move(*first);
  return {};
}

}  // namespace tare::network
