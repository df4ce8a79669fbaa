#include "registry/client/authorize.h"

#include "base/text.h"
#include "codec/base64.h"
#include "http/client/url.h"
#include "registry/client/response_error.h"
#include "registry/client/responses_json.h"

namespace tare::registry {
namespace {

// A token that ends while a layer's request is under way would be refused at the worst time.
constexpr std::chrono::seconds kMargin{10};
constexpr size_t kTokenLimit = size_t{256} << 10;

std::string parameter(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? "" : found->second;
}

std::string basic(const Credentials& credentials) {
  return formatted("Basic {}", codec::encode_base64(formatted("{}:{}", credentials.username, credentials.password)));
}

// Bearer is preferred: it does not send the password with every request.
std::optional<Challenge> choose(const http::Headers& answer) {
  std::optional<Challenge> chosen;
  for (const std::string& field : answer.all("WWW-Authenticate")) {
    for (Challenge& challenge : parse_challenges(field)) {
      const bool bearer = challenge.scheme == "bearer" && !parameter(challenge, "realm").empty();
      if (bearer || (challenge.scheme == "basic" && !chosen)) chosen = std::move(challenge);
    }
  }
  return chosen;
}

// Nobody had to say that a registry on this machine may be spoken to insecurely: that holds for no other machine.
bool shares_insecurity(const http::Peer& registry, const http::Peer& server) {
  return !http::is_loopback_host(registry.host) || http::is_loopback_host(server.host);
}

}  // namespace

Result<void> check_realm(const http::Request& registry_request, const std::string& realm) {
  const auto registry = TRY(http::url_peer(registry_request.url));
  const auto server = TRY(http::url_peer(realm).context(formatted("the token server of {}", registry.host)));
  const bool is_insecure = registry.scheme == "http" || registry_request.tls.insecure;
  if (server.scheme == "https" || (is_insecure && shares_insecurity(registry, server))) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} wants credentials to be sent over plain http to {}: refused",
                 registry.host, server.host);
}

Result<void> Authorizer::learn(const http::Request& request, const http::Headers& answer) {
  const std::lock_guard lock(mutex_);
  auto chosen = choose(answer);
  if (!chosen) {
    return Failure(ErrorKind::kUnauthenticated, "{} asks for an authentication other than Basic and Bearer", registry_);
  }
  challenge_ = std::move(chosen);
  origin_ = {.url = request.url, .tls = request.tls, .stop = request.stop};
  return {};
}

Result<std::string> Authorizer::header() {
  const std::lock_guard lock(mutex_);
  if (!challenge_) return std::string();
  TRY(read_credentials());
  if (challenge_->scheme == "basic") return basic_header();
  if (token_.empty() || std::chrono::steady_clock::now() + kMargin >= expires_) TRY(fetch_token());
  return formatted("Bearer {}", token_);
}

void Authorizer::forget(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  // Another thread may have a new one already.
  if (refused == formatted("Bearer {}", token_)) token_.clear();
}

Result<void> Authorizer::read_credentials() {
  if (searched_ || !find_) return {};
  credentials_ = TRY(find_());
  searched_ = true;
  return {};
}

Result<std::string> Authorizer::basic_header() const {
  if (credentials_ && !credentials_->username.empty()) return basic(*credentials_);
  return Failure(ErrorKind::kUnauthenticated, "{}: no basic auth credentials", registry_)
      .with_hint(formatted("tare login {}", registry_));
}

Result<void> Authorizer::fetch_token() {
  TRY(check_realm(origin_, parameter(*challenge_, "realm")));
  auto response = TRY(request_token().context(formatted("get a token for {}", registry_)));
  if (response.status == 401 || response.status == 403) {
    auto error =
        response_error(response, formatted("get a token for {}", registry_)).with_kind(ErrorKind::kUnauthenticated);
    return std::move(error).with_hint(formatted("tare login {}", registry_));
  }
  if (response.status != 200) return response_error(response, formatted("get a token for {}", registry_));
  const std::string body = TRY(read_all(*response.body, kTokenLimit));
  auto token = TRY(parse_token(body).context(formatted("get a token for {}", registry_)));
  token_ = std::move(token.text);
  expires_ = std::chrono::steady_clock::now() + token.lifetime;
  return {};
}

std::string Authorizer::scope_query(std::string url) const {
  for (const std::string& scope : scopes_) url = http::add_query(std::move(url), "scope", scope);
  return url;
}

Result<http::Response> Authorizer::request_token() {
  const std::string realm = parameter(*challenge_, "realm");
  const std::string service = parameter(*challenge_, "service");
  http::Request request{.url = realm, .tls = origin_.tls, .stop = origin_.stop};
  const auto peer = TRY(http::url_peer(realm));
  request.tls.insecure &= shares_insecurity(TRY(http::url_peer(origin_.url)), peer);
  // Ours is for the registry; a token server elsewhere has no use for it.
  request.tls.client_certificate.clear();
  request.tls.client_key.clear();
  if (credentials_ && !credentials_->identity_token.empty()) {
    const std::string form = formatted("grant_type=refresh_token&client_id=tare&service={}&scope={}&refresh_token={}",
                                       http::encode_query(service), http::encode_query(join(scopes_, " ")),
                                       http::encode_query(credentials_->identity_token));
    MemorySource body{std::string_view(form)};
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = &body;
    request.body_size = form.size();
    return client_.send(request);
  }
  if (!service.empty()) request.url = http::add_query(request.url, "service", service);
  request.url = scope_query(request.url);
  if (credentials_) {
    request.url = http::add_query(request.url, "account", credentials_->username);
    request.headers.add("Authorization", basic(*credentials_));
  }
  return client_.send_following(request);
}

}  // namespace tare::registry
