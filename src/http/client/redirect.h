// What a redirect may do. Registries send blobs from other hosts (S3, CDNs) by a redirect; whoever can make us follow
// one must not receive what was meant for the registry.
#pragma once

#include "http/client/client.h"

namespace tare::http {

inline constexpr int kMaximumRedirects = 5;

// The request that follows `request` when it was answered with `status` and `headers`; nothing when the answer is no
// redirect, or the method is neither GET nor HEAD. Another peer gets no Authorization, no Cookie and no client
// certificate. From https to http only where the certificate was not to be checked anyway; other steps down are
// refused.
Result<std::optional<Request>> plan_redirect(const Request& request, int status, const Headers& headers);

}  // namespace tare::http
