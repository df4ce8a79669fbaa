#include "http/client/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <memory>

namespace tare::http {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

UrlHandle make_handle() { return {curl_url(), &curl_url_cleanup}; }

Result<void> set_url(const UrlHandle& handle, const std::string& url) {
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0);
  if (code == CURLUE_OK) return {};
  return Failure(ErrorKind::kInvalidArgument, "invalid URL {}: {}", url, curl_url_strerror(code));
}

std::string part(const UrlHandle& handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), which, &text, flags) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

std::string without_brackets(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::string(host);
}

}  // namespace

Result<Peer> url_peer(const std::string& url) {
  const UrlHandle handle = make_handle();
  TRY(set_url(handle, url));
  Peer peer{to_lower(part(handle, CURLUPART_SCHEME)), to_lower(without_brackets(part(handle, CURLUPART_HOST))),
            part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (peer.scheme != "http" && peer.scheme != "https") {
    return Failure(ErrorKind::kInvalidArgument, "invalid URL {}: the scheme is not http or https", url);
  }
  if (!part(handle, CURLUPART_USER).empty()) {
    return Failure(ErrorKind::kInvalidArgument, "invalid URL of {}: it carries a user name", peer.host);
  }
  return peer;
}

Result<std::string> resolve_url(const std::string& base, const std::string& reference) {
  const UrlHandle handle = make_handle();
  TRY(set_url(handle, base));
  TRY(set_url(handle, reference));
  return part(handle, CURLUPART_URL);
}

std::string encode_query(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char character : text) {
    if (kPlain.find(character) != std::string_view::npos) {
      encoded += character;
    } else {
      encoded += formatted("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return encoded;
}

std::string add_query(std::string url, std::string_view name, std::string_view value) {
  const char separator = url.find('?') == std::string::npos ? '?' : '&';
  return formatted("{}{}{}={}", url, separator, encode_query(name), encode_query(value));
}

bool is_loopback_host(std::string_view host) {
  const std::string name = to_lower(without_brackets(host));
  if (name == "localhost") return true;
  in6_addr six{};
  if (::inet_pton(AF_INET6, name.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  // inet_pton takes four decimal parts only: "127.1" and names like "127.evil.example" are no addresses.
  in_addr four{};
  return ::inet_pton(AF_INET, name.c_str(), &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

}  // namespace tare::http
