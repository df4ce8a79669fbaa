// Whether a registry accepts credentials, before they are stored.
#pragma once

#include "registry/client/session.h"

namespace tare::registry {

// kUnauthenticated when it does not.
Result<void> verify_login(const std::string& registry, const Credentials& credentials, SessionOptions options);

}  // namespace tare::registry
