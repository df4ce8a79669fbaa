// One HTTP exchange as a handler sees it: a Request whose body is read as it arrives, and a Reply that is a value, so
// that handlers are tested without a socket. Nothing here knows which library speaks HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "base/stream.h"

namespace tare::http {

// Names compare without case. Order and repetition are kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  std::optional<std::string_view> find(std::string_view name) const;  // the first of that name
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/v2/a/tags/list?n=2"; see target.h
  std::string remote;  // the client's address, without port
  Headers headers;
  std::optional<uint64_t> content_length;  // nothing for a chunked body, and where there is no body
  // Blocks. kUnavailable when the client goes away or stalls; what it sent before was delivered by earlier reads.
  ByteSource& body;
};

// A part of a file, sent by the kernel where the connection allows it.
struct FileBody {
  UniqueFd file;
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct Reply {
  int status = 200;
  Headers headers;  // without Content-Length, Date and Connection, which are the server's
  std::variant<std::string, FileBody> body;
  uint64_t body_length() const;
};

}  // namespace tare::http
