#include "http/client/transfer_error.h"

namespace tare::http {
namespace {

ErrorKind error_kind(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
      return ErrorKind::kUnavailable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return ErrorKind::kPermissionDenied;
    case CURLE_SSL_CONNECT_ERROR:
      return ErrorKind::kUnsupported;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
      return ErrorKind::kInvalidArgument;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::kCorrupt;
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::kExhausted;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

Error transfer_error(CURLcode code, int number, std::string_view doing, std::string_view message) {
  // libcurl's message for this one is "Couldn't connect to server"; the system knows why.
  if (code == CURLE_COULDNT_CONNECT && number != 0) {
    return Error::from_errno(number, formatted("{}:", doing), "connect").with_kind(ErrorKind::kUnavailable);
  }
  const std::string_view cause = message.empty() ? curl_easy_strerror(code) : message;
  return Failure(error_kind(code), "{}: {}", doing, cause);
}

}  // namespace tare::http
