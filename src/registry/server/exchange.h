// What a route's action gets, and the actions by subject.
#pragma once

#include <string>
#include <string_view>

#include "http/server/message.h"
#include "http/server/target.h"
#include "registry/server/registry.h"

namespace tare::registry {

// One request whose parameters have passed their grammars.
struct Exchange {
  Registry& registry;
  http::Request& request;
  const http::Target& target;
  const http::Parameters& parameters;

  const std::string& repository() const { return parameters.find("name")->second; }
  const std::string& parameter(std::string_view name) const { return parameters.find(name)->second; }
  Result<oci::Digest> digest() const { return oci::Digest::parse(parameter("digest")); }
  const Storage& storage() const { return registry.storage(); }
};

// A failure becomes a refusal by its kind and the route's codes (routes.cc); an action that needs another code or
// status returns the refusal itself.
using Action = Result<http::Reply> (*)(Exchange&);

// listings.cc
Result<http::Reply> confirm_version(Exchange& exchange);
Result<http::Reply> list_catalog(Exchange& exchange);
Result<http::Reply> list_tags(Exchange& exchange);
Result<http::Reply> list_referrers(Exchange& exchange);
// blobs.cc
Result<http::Reply> get_blob(Exchange& exchange);
Result<http::Reply> delete_blob(Exchange& exchange);
// manifests.cc
Result<http::Reply> get_manifest(Exchange& exchange);
Result<http::Reply> put_manifest(Exchange& exchange);
Result<http::Reply> delete_manifest(Exchange& exchange);
// uploads.cc
Result<http::Reply> start_upload(Exchange& exchange);
Result<http::Reply> continue_upload(Exchange& exchange);
Result<http::Reply> finish_upload(Exchange& exchange);
Result<http::Reply> show_upload(Exchange& exchange);
Result<http::Reply> cancel_upload(Exchange& exchange);

// The whole or a part of a stored file, as the request's Range and If-None-Match ask.
http::Reply content_reply(const http::Request& request, StoredBlob content, const oci::Digest& digest,
                          std::string_view media_type);

}  // namespace tare::registry
