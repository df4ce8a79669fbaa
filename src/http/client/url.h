// URLs, as far as a client must understand them: to which peer they lead, and where a relative one leads.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::http {

// Who answers a URL. Credentials are for one peer and never leave it.
struct Peer {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 address without brackets
  std::string port;    // always there: 80 and 443 by default
  bool operator==(const Peer&) const = default;
};

// kInvalidArgument for what is no absolute http or https URL, or carries a user name.
Result<Peer> url_peer(const std::string& url);
// `reference` as seen from `base` (RFC 3986, 5), for Location and Link headers.
Result<std::string> resolve_url(const std::string& base, const std::string& reference);
// A name or value of a query, percent-encoded.
std::string encode_query(std::string_view text);
// Adds `name=value` (encoded here) to the query.
std::string add_query(std::string url, std::string_view name, std::string_view value);
// localhost, 127.0.0.0/8 and ::1.
bool is_loopback_host(std::string_view host);

}  // namespace tare::http
