// Shows a registry who we are, in the way that it asked for: nothing, Basic, or a Bearer token that a token server
// sells for credentials (Docker's token authentication; also OAuth2 for identity tokens).
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/client/client.h"
#include "registry/client/challenge.h"
#include "registry/client/credentials.h"

namespace tare::registry {

// Called once, when the registry asks for the first time: helpers are slow, and public images need none.
using FindCredentials = std::function<Result<std::optional<Credentials>>()>;

// Safe for use by several threads at once: one fetches a token, the others wait for it.
class Authorizer {
 public:
  // `scopes` are what tokens must allow: "repository:shop/hello:pull,push".
  Authorizer(http::Client& client, std::string registry, FindCredentials find, std::vector<std::string> scopes)
      : client_(client), registry_(std::move(registry)), find_(std::move(find)), scopes_(std::move(scopes)) {}

  // Takes the challenge of a 401 to `request`. Fails with kUnauthenticated when there is none that we know.
  Result<void> learn(const http::Request& request, const http::Headers& answer);
  // The Authorization header; empty when the registry asks for none. Fetches a token when there is none or it is old.
  Result<std::string> header();
  // A header was refused: it is not given out again.
  void forget(const std::string& refused);
  bool has_credentials() const { return credentials_.has_value(); }

 private:
  Result<void> read_credentials();
  Result<std::string> basic_header() const;
  Result<void> fetch_token();
  Result<http::Response> request_token();
  std::string scope_query(std::string url) const;

  http::Client& client_;
  const std::string registry_;
  const FindCredentials find_;
  const std::vector<std::string> scopes_;

  std::mutex mutex_;  // guards all below
  std::optional<Challenge> challenge_;
  http::Request origin_;  // the request that was challenged: its peer and TLS options
  bool searched_ = false;
  std::optional<Credentials> credentials_;
  std::string token_;
  std::chrono::steady_clock::time_point expires_;
};

// Whether a token server may be given credentials: one over plain HTTP only when the registry itself is spoken to so,
// and then on another machine only if the registry is on another one too.
Result<void> check_realm(const http::Request& registry_request, const std::string& realm);

}  // namespace tare::registry
