// The wire surface as a table: what is answered, by which action, and what its failures are called.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/text.h"
#include "registry/server/exchange.h"
#include "registry/server/names.h"
#include "registry/server/refusal.h"

namespace tare::registry {
namespace {

struct Route {
  std::string_view method;  // GET answers HEAD too
  std::string_view pattern;
  Action action;
  Code not_found;  // for ErrorKind::kNotFound
  Code invalid;    // for kInvalidArgument, kCorrupt, kConflict
};

constexpr std::array kRoutes{
    Route{"GET", "/v2/", confirm_version, Code::kUnknown, Code::kUnknown},
    Route{"GET", "/v2", confirm_version, Code::kUnknown, Code::kUnknown},
    Route{"GET", "/v2/_catalog", list_catalog, Code::kNameUnknown, Code::kUnsupported},
    Route{"GET", "/v2/<name>/tags/list", list_tags, Code::kNameUnknown, Code::kUnsupported},
    Route{"GET", "/v2/<name>/referrers/<digest>", list_referrers, Code::kNameUnknown, Code::kDigestInvalid},
    Route{"GET", "/v2/<name>/manifests/<reference>", get_manifest, Code::kManifestUnknown, Code::kManifestInvalid},
    Route{"PUT", "/v2/<name>/manifests/<reference>", put_manifest, Code::kManifestUnknown, Code::kManifestInvalid},
    Route{"DELETE", "/v2/<name>/manifests/<reference>", delete_manifest, Code::kManifestUnknown,
          Code::kManifestInvalid},
    Route{"POST", "/v2/<name>/blobs/uploads/", start_upload, Code::kBlobUnknown, Code::kDigestInvalid},
    Route{"POST", "/v2/<name>/blobs/uploads", start_upload, Code::kBlobUnknown, Code::kDigestInvalid},
    Route{"GET", "/v2/<name>/blobs/uploads/<upload>", show_upload, Code::kBlobUploadUnknown, Code::kBlobUploadInvalid},
    Route{"PATCH", "/v2/<name>/blobs/uploads/<upload>", continue_upload, Code::kBlobUploadUnknown,
          Code::kBlobUploadInvalid},
    Route{"PUT", "/v2/<name>/blobs/uploads/<upload>", finish_upload, Code::kBlobUploadUnknown, Code::kDigestInvalid},
    Route{"DELETE", "/v2/<name>/blobs/uploads/<upload>", cancel_upload, Code::kBlobUploadUnknown,
          Code::kBlobUploadInvalid},
    Route{"GET", "/v2/<name>/blobs/<digest>", get_blob, Code::kBlobUnknown, Code::kDigestInvalid},
    Route{"DELETE", "/v2/<name>/blobs/<digest>", delete_blob, Code::kBlobUnknown, Code::kDigestInvalid},
};

bool takes(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

// The first parameter that breaks its grammar. Nothing that passes can lead out of the registry's folder.
std::optional<http::Reply> refuse_parameters(const http::Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "name" && !is_repository_name(value)) {
      return refuse(Code::kNameInvalid, formatted("{}: is no repository name", value));
    }
    if (name == "digest" && !oci::Digest::parse(value).ok()) {
      return refuse(Code::kDigestInvalid, formatted("{}: is no digest", value));
    }
    if (name == "upload" && !is_upload_id(value)) {
      return refuse(Code::kBlobUploadUnknown, formatted("{}: is no upload", value));
    }
  }
  return std::nullopt;
}

http::Reply refuse_failure(const Route& route, const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kNotFound:
      return refuse(route.not_found, error.text());
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kCorrupt:
      return refuse(400, route.invalid, error.text());
    case ErrorKind::kConflict:
      return refuse(409, route.invalid, error.text());
    case ErrorKind::kUnsupported:
      return refuse(400, Code::kUnsupported, error.text());
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
      return refuse(400, route.invalid, error.text());  // the client went away: few will read this
    case ErrorKind::kExhausted:
      print_error(error);
      return refuse(507, Code::kUnknown, error.text());
    default:
      print_error(error);
      return refuse(Code::kUnknown, error.text());
  }
}

http::Reply run(const Route& route, Exchange exchange) {
  if (auto refused = refuse_parameters(exchange.parameters)) return std::move(*refused);
  auto reply = route.action(exchange);
  return reply.ok() ? std::move(reply).value() : refuse_failure(route, reply.error());
}

http::Reply dispatch(Registry& registry, http::Request& request) {
  const auto target = http::Target::parse(request.target);
  if (!target.ok()) return refuse(Code::kNameInvalid, target.error().text());
  std::string allowed;
  for (const Route& route : kRoutes) {
    const auto parameters = http::match_pattern(route.pattern, target->segments);
    if (!parameters) continue;
    if (takes(route, request.method)) return run(route, {registry, request, *target, *parameters});
    allowed += formatted("{}{}", allowed.empty() ? "" : ", ", route.method);
  }
  if (allowed.empty()) return refuse(Code::kNameUnknown, formatted("{}: there is nothing here", request.target));
  auto reply = refuse(Code::kUnsupported, formatted("{}: {} is not possible here", request.target, request.method));
  reply.headers.add("Allow", allowed);
  return reply;
}

http::Reply ask_for_password() {
  auto reply = refuse(Code::kUnauthorized, "authentication required");
  reply.headers.add("WWW-Authenticate", "Basic realm=\"tare registry\"");
  return reply;
}

}  // namespace

http::Reply Registry::answer(http::Request& request) {
  const bool allowed = !passwords_ || passwords_->accepts(request.headers.find("Authorization"));
  auto reply = allowed ? dispatch(*this, request) : ask_for_password();
  // Docker's client takes a server without this for a version 1 registry.
  reply.headers.add("Docker-Distribution-Api-Version", "registry/2.0");
  return reply;
}

}  // namespace tare::registry
