#include "http/client/transfer.h"

#include <algorithm>
#include <cstring>

#include "http/client/transfer_error.h"
#include "http/client/url.h"

namespace tare::http {
namespace {

constexpr size_t kBufferLimit = size_t{256} << 10;
constexpr size_t kHeaderLimit = size_t{128} << 10;
constexpr size_t kIdleLimit = 16;

std::string peer_name(const std::string& url) {
  const auto peer = url_peer(url);
  return peer.ok() ? formatted("{}:{}", peer->host, peer->port) : url;
}

bool takes_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

}  // namespace

Multi MultiPool::take(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& entry) { return entry.first == peer; });
  if (found == idle_.rend()) return Multi(curl_multi_init());
  Multi multi = std::move(found->second);
  idle_.erase(std::next(found).base());
  return multi;
}

void MultiPool::give_back(const std::string& peer, Multi multi) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() >= kIdleLimit) idle_.erase(idle_.begin());
  idle_.emplace_back(peer, std::move(multi));
}

Transfer::Transfer(std::shared_ptr<MultiPool> pool, const Request& request, const std::string& user_agent)
    : pool_(std::move(pool)),
      url_(request.url),
      peer_(peer_name(request.url)),
      method_(request.method),
      stall_timeout_(request.stall_timeout),
      stop_(request.stop),
      upload_(request.body),
      multi_(pool_->take(peer_)),
      easy_(curl_easy_init()),
      curl_message_(CURL_ERROR_SIZE, '\0') {
  set_options(request, user_agent);
  set_callbacks();
  set_body(request);
  set_tls(request.tls);
  curl_multi_add_handle(multi_.get(), easy_.get());
  wake_.emplace(stop_, [multi = multi_.get()] { curl_multi_wakeup(multi); });
}

Transfer::~Transfer() {
  wake_.reset();
  // An unfinished transfer's connection is closed by this; the handle itself can serve again.
  curl_multi_remove_handle(multi_.get(), easy_.get());
  pool_->give_back(peer_, std::move(multi_));
}

template <typename Value>
void Transfer::set(CURLoption option, Value value) {
  curl_easy_setopt(easy_.get(), option, value);
}

void Transfer::set_options(const Request& request, const std::string& user_agent) {
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, user_agent.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(CURLOPT_ERRORBUFFER, curl_message_.data());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_BUFFERSIZE, static_cast<long>(kBufferLimit));
  // A registry on this machine is not reached through a proxy elsewhere (Go's rule, and so Docker's).
  if (const auto peer = url_peer(url_); peer.ok() && is_loopback_host(peer->host)) set(CURLOPT_PROXY, "");

  curl_slist* list = nullptr;
  for (const auto& [name, value] : request.headers) {
    // "Name;" is libcurl's way to send a header without a value.
    const std::string line = value.empty() ? formatted("{};", name) : formatted("{}: {}", name, value);
    list = curl_slist_append(list, line.c_str());
  }
  // Without it libcurl waits up to a second before each large body for servers that do not know 100-continue.
  list = curl_slist_append(list, "Expect:");
  header_list_.reset(list);
  set(CURLOPT_HTTPHEADER, list);
}

void Transfer::set_callbacks() {
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_READFUNCTION, &Transfer::on_upload);
  set(CURLOPT_READDATA, this);
}

void Transfer::set_body(const Request& request) {
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.body != nullptr || takes_body(request.method)) {
    const uint64_t empty = request.body == nullptr ? 0 : UINT64_MAX;
    const uint64_t size = request.body_size.value_or(empty);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));  // -1: chunked
    set(CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(kBufferLimit));
  }
  if (request.method != "GET" && request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, method_.c_str());
}

void Transfer::set_tls(const TlsOptions& tls) {
  if (tls.insecure) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
    // Nothing is checked, so the system's authorities need not be parsed (30 ms).
    set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (!tls.ca_file.empty()) {
    // Replaces the system's bundle; its folder (CAPATH) stays, and with it the system's authorities.
    set(CURLOPT_CAINFO, tls.ca_file.c_str());
  }
  if (!tls.client_certificate.empty()) set(CURLOPT_SSLCERT, tls.client_certificate.c_str());
  if (!tls.client_key.empty()) set(CURLOPT_SSLKEY, tls.client_key.c_str());
}

Result<void> Transfer::start() {
  while (!headers_complete_ && !result_) TRY(advance());
  if (headers_complete_) return {};
  return callback_error_ ? std::move(*callback_error_) : failure(*result_);
}

Result<size_t> Transfer::read(std::span<std::byte> buffer) {
  while (consumed_ == buffer_.size() && !result_) TRY(advance());
  if (consumed_ == buffer_.size()) {
    if (*result_ == CURLE_OK) return size_t{0};
    return callback_error_ ? std::move(*callback_error_) : failure(*result_);
  }
  const size_t count = std::min(buffer.size(), buffer_.size() - consumed_);
  std::memcpy(buffer.data(), buffer_.data() + consumed_, count);
  consumed_ += count;
  return count;
}

// Runs the transfer until something has moved or it has ended.
Result<void> Transfer::advance() {
  auto deadline = std::chrono::steady_clock::now() + stall_timeout_;
  buffer_.clear();
  consumed_ = 0;
  const uint64_t before = moved_;
  // Hands over at once what was held back, and may pause again in the same call: that is movement too.
  if (std::exchange(paused_, false)) curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  while (!result_ && moved_ == before) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    take_result();
    if (!result_ && moved_ == before) TRY(wait(deadline));
  }
  return {};
}

Result<void> Transfer::wait(std::chrono::steady_clock::time_point& deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (stop_.stop_requested()) return Failure(ErrorKind::kCancelled, "{} {}: cancelled", method_, peer_);
  if (left.count() <= 0) {
    return Failure(ErrorKind::kUnavailable, "{} {}: no answer for {} s", method_, peer_,
                   std::chrono::duration_cast<std::chrono::seconds>(stall_timeout_).count());
  }
  curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::min<int64_t>(left.count(), 60'000)), nullptr);
  return {};
}

void Transfer::take_result() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) result_ = message->data.result;
  }
}

Error Transfer::failure(CURLcode code) const {
  long number = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
  return transfer_error(code, static_cast<int>(number), formatted("{} {}", method_, peer_), curl_message_.c_str());
}

size_t Transfer::on_header(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.header_bytes_ += size * count;
  transfer.moved_ += size * count;
  if (transfer.header_bytes_ > kHeaderLimit) {
    transfer.callback_error_ =
        Failure(ErrorKind::kCorrupt, "{}: more than {} bytes of headers", transfer.peer_, kHeaderLimit);
    return 0;
  }
  transfer.take_header_line(trim(std::string_view(bytes, size * count)));
  return size * count;
}

void Transfer::take_header_line(std::string_view line) {
  if (headers_complete_) return;  // a chunked body's trailer
  if (line.empty()) {
    // 1xx answers come before the real one.
    headers_complete_ = status_ >= 200;
    return;
  }
  if (line.starts_with("HTTP/")) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    status_ = static_cast<int>(status);
    headers_ = {};
  } else if (const auto field = cut(line, ':')) {
    headers_.add(std::string(trim(field->first)), std::string(trim(field->second)));
  }
}

size_t Transfer::on_body(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.buffer_.size() >= kBufferLimit) {
    transfer.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const ByteView arrived = as_bytes(std::string_view(bytes, size * count));
  transfer.buffer_.insert(transfer.buffer_.end(), arrived.begin(), arrived.end());
  transfer.moved_ += arrived.size();
  return arrived.size();
}

size_t Transfer::on_upload(char* buffer, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.upload_ == nullptr) return 0;
  auto read = transfer.upload_->read(std::as_writable_bytes(std::span(buffer, size * count)));
  if (!read.ok()) {
    transfer.callback_error_ = std::move(read).error();
    return CURL_READFUNC_ABORT;
  }
  transfer.moved_ += *read;
  return *read;
}

}  // namespace tare::http
