// A conversation with one registry about one repository: finds the endpoint, authorises, and tries again what passes
// (429, 5xx, broken connections). Everything above speaks in paths and never sees a token.
//
//   auto session = TRY(Session::connect("localhost:5000", "shop/hello", Access::kPull, {}));
//   auto response = TRY(session->send({.url = session->url("manifests/1"), .doing = "fetch the manifest"}));
//
// Safe for use by several threads at once; not movable, because they share it.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "http/client/client.h"
#include "registry/client/authorize.h"
#include "registry/client/credentials.h"
#include "registry/client/endpoint.h"
#include "registry/client/retry.h"

namespace tare::registry {

enum class Access { kNone, kPull, kPush };

struct SessionOptions {
  EndpointOptions endpoints;
  // Whose credentials; nothing: nobody's. read_session_options() gives Docker's configuration file.
  std::optional<CredentialStore> credential_store;
  std::optional<Credentials> credentials;  // these, instead of stored ones
  RetryPolicy retry;
  std::vector<std::string> also_pull_from;  // other repositories, whose blobs may be mounted
  std::stop_token stop;
};

// From the environment: endpoints, certificates, Docker's configuration.
SessionOptions read_session_options();

struct Call {
  std::string method = "GET";
  std::string url;
  http::Headers headers;
  std::function<Result<std::unique_ptr<ByteSource>>()> open_body;  // called for each attempt
  std::optional<uint64_t> body_size;
  std::chrono::milliseconds stall_timeout{60'000};
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> connect(const std::string& registry, const std::string& repository,
                                                  Access access, const SessionOptions& options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& registry() const { return registry_; }
  const std::string& repository() const { return repository_; }
  // "https://HOST/v2/REPOSITORY/PATH"
  std::string url(std::string_view path) const;
  std::string base_url() const { return endpoint_.url + "/v2/"; }

  // The answer of any status that will not pass by itself. Redirects of GET and HEAD are followed. The Authorization
  // header goes to the registry itself only, wherever a Location leads.
  Result<http::Response> send(const Call& call);
  const RetryPolicy& retry() const { return options_.retry; }
  const std::stop_token& stop() const { return options_.stop; }

 private:
  Session(std::string registry, std::string repository, Access access, const SessionOptions& options);
  Result<void> choose_endpoint();
  Result<void> ping(const Endpoint& endpoint);
  Result<http::Response> send_once(const Call& call);
  Result<http::Response> send_authorized(const Call& call, const std::string& authorization);
  bool is_ours(const std::string& url) const;

  const std::string registry_;
  const std::string repository_;
  const SessionOptions options_;
  http::Client client_;
  Authorizer authorizer_;
  Endpoint endpoint_;
};

}  // namespace tare::registry
