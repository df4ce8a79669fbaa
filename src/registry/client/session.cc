#include "registry/client/session.h"

#include "base/text.h"
#include "http/client/url.h"
#include "registry/client/response_error.h"

namespace tare::registry {
namespace {

// A server of something else on the port may wait for more of a TLS handshake than there is.
constexpr std::chrono::milliseconds kLoopbackPatience{3'000};

std::vector<std::string> scopes(const std::string& repository, Access access, const SessionOptions& options) {
  if (access == Access::kNone) return {};
  std::vector<std::string> result = {
      formatted("repository:{}:{}", repository, access == Access::kPush ? "pull,push" : "pull")};
  for (const std::string& other : options.also_pull_from) result.push_back(formatted("repository:{}:pull", other));
  return result;
}

FindCredentials finder(const std::string& registry, const std::string& repository, const SessionOptions& options) {
  return [=]() -> Result<std::optional<Credentials>> {
    if (options.credentials) return options.credentials;
    if (!options.credential_store) return std::optional<Credentials>();
    return options.credential_store->find(registry, repository);
  };
}

Error with_tls_hint(Error error, const std::string& registry) {
  if (error.kind() == ErrorKind::kPermissionDenied) {
    return std::move(error).with_hint(formatted(
        "put the certificate of its authority at /etc/docker/certs.d/{}/ca.crt, or pass --tls-verify=false", registry));
  }
  if (error.kind() == ErrorKind::kUnsupported) {
    return std::move(error).with_hint(
        formatted("if {} speaks plain HTTP, pass --tls-verify=false or name it in TARE_INSECURE_REGISTRIES", registry));
  }
  return error;
}

// Nothing there, or something that does not speak TLS. A certificate that is not trusted is no reason to go on.
bool may_be_plain(const Error& error) {
  return error.kind() == ErrorKind::kUnavailable || error.kind() == ErrorKind::kUnsupported;
}

std::optional<std::chrono::milliseconds> asked_delay(const http::Response& response) {
  const auto value = response.headers.find("Retry-After");
  return value ? parse_retry_after(*value, now()) : std::nullopt;
}

}  // namespace

SessionOptions read_session_options() {
  SessionOptions options;
  options.endpoints = read_endpoint_options();
  // Without a home there are no stored credentials, which is no failure: public images need none.
  if (auto store = CredentialStore::open_default(); store.ok()) options.credential_store = std::move(*store);
  return options;
}

Session::Session(std::string registry, std::string repository, Access access, const SessionOptions& options)
    : registry_(std::move(registry)),
      repository_(std::move(repository)),
      options_(options),
      client_("tare"),
      authorizer_(client_, registry_, finder(registry_, repository_, options), scopes(repository_, access, options)) {}

Result<std::unique_ptr<Session>> Session::connect(const std::string& registry, const std::string& repository,
                                                  Access access, const SessionOptions& options) {
  std::unique_ptr<Session> session(new Session(registry, repository, access, options));
  TRY(session->choose_endpoint());
  return session;
}

std::string Session::url(std::string_view path) const { return formatted("{}{}/{}", base_url(), repository_, path); }

Result<void> Session::choose_endpoint() {
  const auto certificates = TRY(read_certificates(registry_, options_.endpoints.certificate_folders));
  const auto candidates = plan_endpoints(registry_, options_.endpoints, certificates);
  for (size_t index = 0; index < candidates.size(); ++index) {
    auto answer = ping(candidates[index]);
    if (answer.ok()) return {};
    const bool last = index + 1 == candidates.size();
    if (last || !may_be_plain(answer.error())) return with_tls_hint(std::move(answer).error(), registry_);
  }
  return {};
}

// The version check, without credentials: says who is there and what it asks for.
Result<void> Session::ping(const Endpoint& endpoint) {
  http::Request request{.url = endpoint.url + "/v2/", .tls = endpoint.tls, .stop = options_.stop};
  const auto peer = TRY(http::url_peer(request.url));
  if (http::is_loopback_host(peer.host) && peer.scheme == "https") request.connect_timeout = kLoopbackPatience;
  auto response = TRY(client_.send_following(request));
  endpoint_ = endpoint;
  if (response.status == 401) {
    TRY(authorizer_.learn(request, response.headers));
  } else if (response.status == 404) {
    return Failure(ErrorKind::kNotFound, "{} is no registry: it has no /v2/", registry_);
  }
  discard_body(response);
  return {};
}

bool Session::is_ours(const std::string& url) const {
  const auto ours = http::url_peer(endpoint_.url);
  const auto other = http::url_peer(url);
  return ours.ok() && other.ok() && *ours == *other;
}

Result<http::Response> Session::send_authorized(const Call& call, const std::string& authorization) {
  http::Request request{.method = call.method,
                        .url = call.url,
                        .headers = call.headers,
                        .body_size = call.body_size,
                        .tls = endpoint_.tls,
                        .stall_timeout = call.stall_timeout,
                        .stop = options_.stop};
  if (!authorization.empty()) request.headers.set("Authorization", authorization);
  if (!is_ours(call.url)) {
    request.tls.client_certificate.clear();
    request.tls.client_key.clear();
  }
  if (!call.open_body) return client_.send_following(request);
  const auto body = TRY(call.open_body());
  request.body = body.get();
  return client_.send_following(request);
}

// One attempt; a 401 of the registry itself is answered with a new token, once.
Result<http::Response> Session::send_once(const Call& call) {
  const bool ours = is_ours(call.url);
  const std::string authorization = ours ? TRY(authorizer_.header()) : std::string();
  auto response = TRY(send_authorized(call, authorization));
  if (response.status != 401 || !ours || !is_ours(response.url)) return response;
  // Basic credentials that were refused are refused again.
  if (authorization.starts_with("Basic ")) return response;
  TRY(authorizer_.learn({.url = call.url, .tls = endpoint_.tls, .stop = options_.stop}, response.headers));
  authorizer_.forget(authorization);
  discard_body(response);
  const std::string renewed = TRY(authorizer_.header());
  return send_authorized(call, renewed);
}

Result<http::Response> Session::send(const Call& call) {
  for (int attempt = 1;; ++attempt) {
    auto response = send_once(call);
    const bool transient = response.ok() ? is_transient(response->status) : is_transient(response.error());
    if (!transient) return response;
    const auto delay = plan_retry(options_.retry, attempt, response.ok() ? asked_delay(*response) : std::nullopt);
    if (!delay) return response;
    if (response.ok()) discard_body(*response);
    if (!wait_for(*delay, options_.stop))
      return Failure(ErrorKind::kCancelled, "{} {}: cancelled", call.method, registry_);
  }
}

}  // namespace tare::registry
