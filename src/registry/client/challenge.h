// WWW-Authenticate: how a registry wants to be shown who asks (RFC 9110, 11.6.1).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tare::registry {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case: realm, service, scope
  bool operator==(const Challenge&) const = default;
};

// All challenges of one header field. What cannot be understood is left out: a challenge is hostile input.
std::vector<Challenge> parse_challenges(std::string_view field);

}  // namespace tare::registry
