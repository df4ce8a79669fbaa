// Uploads of blobs: at once, in chunks, or mounted from another repository.
#include "base/text.h"
#include "http/server/range.h"
#include "registry/server/exchange.h"
#include "registry/server/names.h"
#include "registry/server/refusal.h"

namespace tare::registry {
namespace {

// How far the upload has come; docker's client expects "0-0" also of an empty one.
void add_progress(http::Reply& reply, const Exchange& exchange, const Upload& upload) {
  reply.headers.add("Location", formatted("/v2/{}/blobs/uploads/{}", exchange.repository(), upload.id()));
  reply.headers.add("Range", formatted("0-{}", upload.size() > 0 ? upload.size() - 1 : 0));
  reply.headers.add("Docker-Upload-Uuid", upload.id());
}

http::Reply progress_reply(int status, const Exchange& exchange, const Upload& upload) {
  http::Reply reply{.status = status, .body = std::string()};
  add_progress(reply, exchange, upload);
  return reply;
}

http::Reply created_reply(const Exchange& exchange, const oci::Digest& digest) {
  http::Reply reply{.status = 201, .body = std::string()};
  reply.headers.add("Location", formatted("/v2/{}/blobs/{}", exchange.repository(), digest.string()));
  reply.headers.add("Docker-Content-Digest", digest.string());
  return reply;
}

// A chunk that does not begin where the upload ends, or is not as long as it says.
std::optional<http::Reply> refuse_chunk(const Exchange& exchange, const Upload& upload) {
  const auto header = exchange.request.headers.find("Content-Range");
  if (!header) return std::nullopt;
  const auto range = http::parse_content_range(*header);
  if (!range) return refuse(Code::kBlobUploadInvalid, formatted("Content-Range {}: is not FIRST-LAST", *header));
  if (range->first != upload.size()) {
    auto reply = refuse(416, Code::kBlobUploadInvalid,
                        formatted("the chunk begins at {}, but {} bytes are here", range->first, upload.size()));
    add_progress(reply, exchange, upload);
    return reply;
  }
  const auto length = exchange.request.content_length;
  if (!length || *length == range->length) return std::nullopt;
  return refuse(Code::kSizeInvalid, formatted("Content-Range {} does not match {} bytes of content", *header, *length));
}

Result<http::Reply> commit(const Exchange& exchange, Upload upload, const oci::Digest& digest) {
  TRY(std::move(upload).commit(digest));
  return created_reply(exchange, digest);
}

// The whole blob in the POST itself. A session that nobody knows of is not left behind.
Result<http::Reply> take_whole(const Exchange& exchange, const oci::Digest& digest) {
  auto upload =
      TRY(Upload::begin(exchange.storage(), exchange.registry.hashes(), exchange.repository(), hash_algorithm(digest)));
  auto appended = upload.append(exchange.request.body);
  if (appended.ok()) return commit(exchange, std::move(upload), digest);
  auto cancelled = std::move(upload).cancel();
  return cancelled.ok() ? std::move(appended).error() : std::move(appended).error().also(cancelled.error());
}

// Nothing when the other repository has no such blob: the client then uploads it.
Result<std::optional<http::Reply>> try_mount(const Exchange& exchange) {
  const auto mount = exchange.target.find("mount");
  const auto from = exchange.target.find("from");
  if (!mount || !from) return std::optional<http::Reply>();
  const auto digest = TRY(oci::Digest::parse(*mount));
  if (!is_repository_name(*from)) return std::optional(refuse(Code::kNameInvalid, formatted("{}: is no name", *from)));
  auto mounted = exchange.storage().mount_blob(exchange.repository(), digest, *from);
  if (mounted.ok()) return std::optional(created_reply(exchange, digest));
  if (mounted.error().kind() == ErrorKind::kNotFound) return std::optional<http::Reply>();
  return std::move(mounted).error();
}

Result<Upload> resume(const Exchange& exchange) {
  return Upload::resume(exchange.storage(), exchange.registry.hashes(), exchange.repository(),
                        exchange.parameter("upload"));
}

}  // namespace

Result<http::Reply> start_upload(Exchange& exchange) {
  if (auto mounted = TRY(try_mount(exchange))) return std::move(*mounted);
  if (const auto text = exchange.target.find("digest")) return take_whole(exchange, TRY(oci::Digest::parse(*text)));
  const auto algorithm = TRY(parse_hash_algorithm(exchange.target.find("digest-algorithm").value_or("sha256")));
  const auto upload =
      TRY(Upload::begin(exchange.storage(), exchange.registry.hashes(), exchange.repository(), algorithm));
  return progress_reply(202, exchange, upload);
}

// Bytes that came before the client went away stay: it asks how many there are and goes on from there.
Result<http::Reply> continue_upload(Exchange& exchange) {
  auto upload = TRY(resume(exchange));
  if (auto refused = refuse_chunk(exchange, upload)) return std::move(*refused);
  TRY(upload.append(exchange.request.body));
  return progress_reply(202, exchange, upload);
}

Result<http::Reply> finish_upload(Exchange& exchange) {
  const auto digest = TRY(oci::Digest::parse(exchange.target.find("digest").value_or("")));
  auto upload = TRY(resume(exchange));
  if (auto refused = refuse_chunk(exchange, upload)) return std::move(*refused);
  const uint64_t before = upload.size();
  auto appended = upload.append(exchange.request.body);
  if (appended.ok()) return commit(exchange, std::move(upload), digest);
  // Whoever sends a closing request again sends its whole body again.
  auto undone = upload.truncate(before);
  return undone.ok() ? std::move(appended).error() : std::move(appended).error().also(undone.error());
}

Result<http::Reply> show_upload(Exchange& exchange) {
  const auto upload = TRY(resume(exchange));
  return progress_reply(204, exchange, upload);
}

Result<http::Reply> cancel_upload(Exchange& exchange) {
  auto upload = TRY(resume(exchange));
  TRY(std::move(upload).cancel());
  return http::Reply{.status = 204, .body = std::string()};
}

}  // namespace tare::registry
