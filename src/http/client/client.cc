#include "http/client/client.h"

#include "http/client/redirect.h"
#include "http/client/transfer.h"
#include "http/client/url.h"

namespace tare::http {

struct Client::State {
  std::string user_agent;
  std::shared_ptr<MultiPool> pool = std::make_shared<MultiPool>();
};

Client::Client(std::string user_agent) {
  // Once per process and before any thread uses libcurl; never undone, because others may use it too.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
  state_ = std::make_shared<State>(State{.user_agent = std::move(user_agent)});
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Response> Client::send(const Request& request) {
  TRY(url_peer(request.url));
  auto transfer = std::make_unique<Transfer>(state_->pool, request, state_->user_agent);
  TRY(transfer->start());
  Response response{.status = transfer->status(), .headers = transfer->headers(), .url = request.url};
  response.body = std::move(transfer);
  return response;
}

Result<Response> Client::send_following(const Request& request) {
  Request current = request;
  for (int hop = 0; hop <= kMaximumRedirects; ++hop) {
    auto response = TRY(send(current));
    auto next = TRY(plan_redirect(current, response.status, response.headers));
    if (!next) return response;
    current = std::move(*next);
  }
  return Failure(ErrorKind::kCorrupt, "{}: more than {} redirects", request.url, kMaximumRedirects);
}

}  // namespace tare::http
