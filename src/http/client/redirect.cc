#include "http/client/redirect.h"

#include "http/client/url.h"

namespace tare::http {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

void drop_secrets(Request& request) {
  request.headers.remove("Authorization");
  request.headers.remove("Cookie");
  request.tls.client_certificate.clear();
  request.tls.client_key.clear();
}

}  // namespace

Result<std::optional<Request>> plan_redirect(const Request& request, int status, const Headers& headers) {
  const bool safe_method = request.method == "GET" || request.method == "HEAD";
  if (!is_redirect(status) || !safe_method) return std::optional<Request>();
  const Peer from = TRY(url_peer(request.url));
  const auto location = headers.find("Location");
  if (!location) return Failure(ErrorKind::kCorrupt, "{} redirects ({}) without saying where to", from.host, status);

  Request next = request;
  next.url = TRY(resolve_url(request.url, *location).context(formatted("follow a redirect of {}", from.host)));
  const Peer to = TRY(url_peer(next.url).context(formatted("follow a redirect of {}", from.host)));
  if (from.host != to.host && !is_loopback_host(to.host)) next.tls.insecure = false;  // that was said of the first one
  if (from.scheme == "https" && to.scheme == "http" && !next.tls.insecure) {
    return Failure(ErrorKind::kPermissionDenied, "{} redirects from https to plain http at {}: refused", from.host,
                   to.host);
  }
  // The scheme and the port count too: another service of the same host is another peer.
  if (from != to) drop_secrets(next);
  return std::optional(std::move(next));
}

}  // namespace tare::http
