// A grammar without a regular expression: protocol after the slash, then fields from the right, then ranges that must
// have the same length on both sides. Error texts are those of Docker's parser, since scripts look for them.
#include "network/port_mapping.h"

namespace tare::network {
namespace {

struct Range {
  uint16_t first = 0, last = 0;
  unsigned size() const { return last - first + 1u; }
};

struct Parts {
  std::string_view address, host_port, container_port, protocol;
};

Error invalid(std::string_view what, std::string_view text) {
  return Failure(ErrorKind::kInvalidArgument, "{}: {}", what, text)
      .with_hint("write it as [address:][host port:]container port[/tcp|udp], for instance 127.0.0.1:8080:80/tcp");
}

std::optional<uint16_t> parse_port(std::string_view text) {
  auto number = parse_unsigned(text);
  if (!number || *number > 65535) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

std::optional<Range> parse_range(std::string_view text) {
  auto ends = cut(text, '-');
  auto first = parse_port(ends ? ends->first : text);
  auto last = parse_port(ends ? ends->second : text);
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

// From the right, since an IPv6 address has colons of its own.
Parts split_parts(std::string_view text) {
  Parts parts;
  if (auto slash = cut(text, '/')) {
    parts.protocol = slash->second;
    text = slash->first;
  }
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return parts.container_port = text, parts;
  parts.container_port = text.substr(colon + 1);
  text = text.substr(0, colon);
  colon = text.rfind(':');
  parts.host_port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (colon != std::string_view::npos) parts.address = text.substr(0, colon);
  return parts;
}

Result<Protocol> parse_protocol(std::string_view text) {
  auto name = to_lower(text);
  if (name.empty() || name == "tcp") return Protocol::kTcp;
  if (name == "udp") return Protocol::kUdp;
  if (name == "sctp") return Failure(ErrorKind::kUnsupported, "publishing sctp ports is not supported");
  return invalid("invalid proto", text);
}

Result<Ipv4> parse_host_address(std::string_view text) {
  if (text.empty()) return Ipv4{};
  if (auto address = parse_ipv4(text)) return *address;
  if (text.find(':') != std::string_view::npos) {
    return Failure(ErrorKind::kUnsupported, "publishing ports on IPv6 addresses is not supported yet: {}", text)
        .with_hint("leave the address out, or give an IPv4 address of this host");
  }
  return invalid("invalid IP address", text);
}

Result<Range> parse_container_range(std::string_view whole, std::string_view text) {
  if (text.empty()) return invalid("no port specified", formatted("{}<empty>", whole));
  auto range = parse_range(text);
  if (!range || range->first == 0) return invalid("invalid containerPort", text);
  return *range;
}

std::vector<PortSpec> expand(const PortMapping& first, Range host, Range container) {
  if (container.size() == 1 && host.size() > 1) return {{first, host.last}};
  std::vector<PortSpec> specs;
  for (unsigned i = 0; i < container.size(); ++i) {
    PortMapping mapping = first;
    mapping.container_port = static_cast<uint16_t>(container.first + i);
    if (host.first != 0) mapping.host_port = static_cast<uint16_t>(host.first + i);
    specs.push_back({mapping, mapping.host_port});
  }
  return specs;
}

}  // namespace

Result<std::vector<PortSpec>> parse_port_mapping(std::string_view text) {
  Parts parts = split_parts(text);
  auto address = TRY(parse_host_address(parts.address));
  auto container = TRY(parse_container_range(text, parts.container_port));
  Range host;
  if (!parts.host_port.empty()) {
    auto range = parse_range(parts.host_port);
    if (!range || (range->first == 0 && range->last != 0)) return invalid("invalid hostPort", parts.host_port);
    host = *range;
  }
  if (host.first != 0 && container.size() > 1 && host.size() != container.size()) {
    return invalid("invalid ranges specified for container and host Ports",
                   formatted("{} and {}", parts.container_port, parts.host_port));
  }
  auto protocol = TRY(parse_protocol(parts.protocol));
  return expand({address, host.first, container.first, protocol}, host, container);
}

Result<std::vector<PortMapping>> parse_exposed_port(std::string_view text) {
  auto slash = cut(text, '/');
  auto range = TRY(parse_container_range(text, slash ? slash->first : text));
  auto protocol = TRY(parse_protocol(slash ? slash->second : ""));
  std::vector<PortMapping> ports;
  for (unsigned port = range.first; port <= range.last; ++port) {
    ports.push_back({{}, 0, static_cast<uint16_t>(port), protocol});
  }
  return ports;
}

std::string_view to_string(Protocol protocol) { return protocol == Protocol::kTcp ? "tcp" : "udp"; }

std::string to_string(const PortMapping& mapping) {
  return formatted("{}:{}->{}/{}", to_string(mapping.host_address), mapping.host_port, mapping.container_port,
                   to_string(mapping.protocol));
}

}  // namespace tare::network
