#include "registry/client/response_error.h"

#include "base/text.h"
#include "http/client/url.h"
#include "registry/client/responses_json.h"

namespace tare::registry {
namespace {

constexpr size_t kBodyLimit = size_t{64} << 10;

}  // namespace

ErrorKind status_kind(int status) {
  switch (status) {
    case 400:
      return ErrorKind::kInvalidArgument;
    case 401:
    case 403:  // other credentials may help; what the kernel or we ourselves forbid is kPermissionDenied
      return ErrorKind::kUnauthenticated;
    case 404:
      return ErrorKind::kNotFound;
    case 405:
      return ErrorKind::kUnsupported;
    case 408:
    case 429:
      return ErrorKind::kUnavailable;
    case 501:
      return ErrorKind::kUnsupported;
    default:
      return status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInternal;
  }
}

Error response_error(http::Response& response, std::string_view doing) {
  const auto body = read_all(*response.body, kBodyLimit);
  const std::string said = body.ok() ? parse_error_body(*body) : "";
  if (!said.empty()) return Failure(status_kind(response.status), "{}: {}", doing, said);
  const auto peer = http::url_peer(response.url);
  const std::string host = peer.ok() ? peer->host : response.url;
  return Failure(status_kind(response.status), "{}: {} answers {}", doing, host, response.status);
}

void discard_body(http::Response& response) {
  if (response.body) static_cast<void>(read_all(*response.body, kBodyLimit));
  response.body.reset();
}

}  // namespace tare::registry
