// One request and its response over libcurl, driven by whoever reads: each read() runs the transfer until there are
// bytes, and no further. There is no thread of its own. Used by client.cc only.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "http/client/client.h"

namespace tare::http {

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Multi = std::unique_ptr<CURLM, FreeMulti>;

// Idle multi handles. Each runs one transfer at a time and keeps that transfer's connection for the next one.
class MultiPool {
 public:
  Multi take(const std::string& peer);
  void give_back(const std::string& peer, Multi multi);

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, Multi>> idle_;  // least recently used first
};

class Transfer : public ByteSource {
 public:
  Transfer(std::shared_ptr<MultiPool> pool, const Request& request, const std::string& user_agent);
  ~Transfer() override;

  // Sends the request and its body, and returns when the response's headers are complete.
  Result<void> start();
  Result<size_t> read(std::span<std::byte> buffer) override;

  int status() const { return status_; }
  const Headers& headers() const { return headers_; }

 private:
  void set_options(const Request& request, const std::string& user_agent);
  void set_callbacks();
  void set_body(const Request& request);
  void set_tls(const TlsOptions& tls);
  template <typename Value>
  void set(CURLoption option, Value value);

  Result<void> advance();
  Result<void> wait(std::chrono::steady_clock::time_point& deadline);
  void take_result();
  Error failure(CURLcode code) const;

  static size_t on_header(char* bytes, size_t size, size_t count, void* self);
  static size_t on_body(char* bytes, size_t size, size_t count, void* self);
  static size_t on_upload(char* buffer, size_t size, size_t count, void* self);
  void take_header_line(std::string_view line);

  std::shared_ptr<MultiPool> pool_;
  std::string url_;
  std::string peer_;  // "host:port", for messages and the pool
  std::string method_;
  std::chrono::milliseconds stall_timeout_;
  std::stop_token stop_;
  ByteSource* upload_ = nullptr;

  Multi multi_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::string curl_message_;  // CURL_ERROR_SIZE bytes that libcurl writes into
  std::optional<std::stop_callback<std::function<void()>>> wake_;

  int status_ = 0;
  Headers headers_;
  size_t header_bytes_ = 0;
  bool headers_complete_ = false;
  bool paused_ = false;
  std::optional<CURLcode> result_;       // set when the transfer has ended
  std::optional<Error> callback_error_;  // what a callback failed with: libcurl only knows that one did
  uint64_t moved_ = 0;                   // bytes in either direction: progress
  std::vector<std::byte> buffer_;
  size_t consumed_ = 0;  // of buffer_
};

}  // namespace tare::http
