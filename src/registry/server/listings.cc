// Lists: tags, repositories, and the manifests that refer to another.
#include <algorithm>

#include "base/text.h"
#include "oci/descriptor.h"
#include "registry/server/documents.h"
#include "registry/server/exchange.h"
#include "registry/server/pages.h"

namespace tare::registry {
namespace {

constexpr size_t kCatalogPage = 1000;
constexpr size_t kManifestLimit = size_t{4} << 20;

Result<Page> select(const Exchange& exchange, std::vector<std::string> names, std::optional<size_t> default_count) {
  const auto count = TRY(parse_page_size(exchange.target.find("n")));
  return select_page(std::move(names), count ? count : default_count, exchange.target.find("last").value_or(""));
}

http::Reply list_reply(std::string document, const Page& page, std::string_view path) {
  http::Reply reply{.headers = {{"Content-Type", "application/json"}}, .body = std::move(document)};
  if (page.more) {
    reply.headers.add("Link", formatted("<{}?n={}&last={}>; rel=\"next\"", path, page.names.size(),
                                        http::percent_encode(page.names.back())));
  }
  return reply;
}

Result<Referrer> read_referrer(const Exchange& exchange, const oci::Digest& digest) {
  const auto stored = TRY(exchange.storage().open_manifest(exchange.repository(), digest));
  const auto bytes = TRY(os::read_fd(stored.content.file, digest.string(), kManifestLimit));
  return Referrer{digest, stored.content.size, TRY(parse_pushed_manifest(bytes, stored.media_type))};
}

}  // namespace

Result<http::Reply> confirm_version(Exchange&) {
  return http::Reply{.headers = {{"Content-Type", "application/json"}}, .body = std::string("{}")};
}

Result<http::Reply> list_catalog(Exchange& exchange) {
  auto names = TRY(exchange.storage().list_repositories());
  const auto page = TRY(select(exchange, std::move(names), kCatalogPage));
  return list_reply(catalog_document(page.names), page, "/v2/_catalog");
}

Result<http::Reply> list_tags(Exchange& exchange) {
  auto names = TRY(exchange.storage().list_tags(exchange.repository()));
  const auto page = TRY(select(exchange, std::move(names), std::nullopt));
  return list_reply(tags_document(exchange.repository(), page.names), page,
                    formatted("/v2/{}/tags/list", exchange.repository()));
}

// An unknown repository or subject has no referrers; 404 would tell clients that the API is missing.
Result<http::Reply> list_referrers(Exchange& exchange) {
  const auto subject = TRY(exchange.digest());
  const auto wanted = exchange.target.find("artifactType");
  std::vector<Referrer> referrers;
  for (const oci::Digest& digest : TRY(exchange.storage().list_referrers(exchange.repository(), subject))) {
    auto referrer = read_referrer(exchange, digest);
    if (!referrer.ok()) continue;  // deleted since it was listed
    if (!wanted || referrer->manifest.artifact_type == *wanted) referrers.push_back(std::move(referrer).value());
  }
  http::Reply reply{.headers = {{"Content-Type", std::string(oci::media_type::kOciIndex)}},
                    .body = referrers_document(referrers)};
  if (wanted) reply.headers.add("OCI-Filters-Applied", "artifactType");
  return reply;
}

}  // namespace tare::registry
