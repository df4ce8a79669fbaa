// Downloads and deletion of blobs.
#include "base/text.h"
#include "http/server/range.h"
#include "registry/server/exchange.h"
#include "registry/server/refusal.h"

namespace tare::registry {
namespace {

bool is_cached(const http::Request& request, std::string_view tag) {
  const auto known = request.headers.find("If-None-Match");
  return known && (*known == "*" || known->find(tag) != std::string_view::npos);
}

http::Reply unsatisfiable(uint64_t size) {
  auto reply = refuse(416, Code::kSizeInvalid, "the range begins behind the end");
  reply.headers.add("Content-Range", formatted("bytes */{}", size));
  return reply;
}

}  // namespace

http::Reply content_reply(const http::Request& request, StoredBlob content, const oci::Digest& digest,
                          std::string_view media_type) {
  const std::string tag = formatted("\"{}\"", digest.string());
  http::Reply reply{.headers = {{"Docker-Content-Digest", digest.string()}, {"Etag", tag}}, .body = std::string()};
  if (is_cached(request, tag)) {
    reply.status = 304;
    return reply;
  }
  // If-Range: a part is only right when the client has parts of this very content.
  const auto condition = request.headers.find("If-Range");
  const auto wanted = !condition || *condition == tag ? request.headers.find("Range") : std::nullopt;
  const auto selected = http::select_range(wanted, content.size);
  if (selected.verdict == http::RangeVerdict::kUnsatisfiable) return unsatisfiable(content.size);
  reply.headers.add("Content-Type", std::string(media_type));
  reply.headers.add("Accept-Ranges", "bytes");
  if (selected.verdict == http::RangeVerdict::kWhole) {
    reply.body = http::FileBody{std::move(content.file), 0, content.size};
    return reply;
  }
  const auto [first, length] = selected.range;
  reply.status = 206;
  reply.headers.add("Content-Range", formatted("bytes {}-{}/{}", first, first + length - 1, content.size));
  reply.body = http::FileBody{std::move(content.file), first, length};
  return reply;
}

Result<http::Reply> get_blob(Exchange& exchange) {
  const auto digest = TRY(exchange.digest());
  if (exchange.request.method == "HEAD") TRY(exchange.storage().use_blob(exchange.repository(), digest));
  auto blob = TRY(exchange.storage().open_blob(exchange.repository(), digest));
  return content_reply(exchange.request, std::move(blob), digest, "application/octet-stream");
}

Result<http::Reply> delete_blob(Exchange& exchange) {
  const auto digest = TRY(exchange.digest());
  TRY(exchange.storage().remove_blob(exchange.repository(), digest));
  return http::Reply{.status = 202, .headers = {{"Docker-Content-Digest", digest.string()}}, .body = std::string()};
}

}  // namespace tare::registry
