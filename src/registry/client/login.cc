#include "registry/client/login.h"

#include "base/text.h"
#include "registry/client/response_error.h"

namespace tare::registry {

Result<void> verify_login(const std::string& registry, const Credentials& credentials, SessionOptions options) {
  options.credentials = credentials;
  const auto session = TRY(Session::connect(registry, "", Access::kNone, options));
  auto response = TRY(session->send({.url = session->base_url()}));
  if (response.status == 200) return {};
  return response_error(response, formatted("log in to {}", registry));
}

}  // namespace tare::registry
