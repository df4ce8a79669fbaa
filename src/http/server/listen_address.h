// Where a server listens: the text a user gives, and the socket made of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::http {

struct ListenAddress {
  std::string host;  // empty: every address of this machine
  uint16_t port = 0;
  // "127.0.0.1:5000", "[::1]:5000", "localhost:5000", ":5000".
  static Result<ListenAddress> parse(std::string_view text);
  bool is_loopback() const;  // by the text: only this machine can reach it
};

struct Listener {
  UniqueFd socket;
  bool ipv6 = false;
  std::string host;   // numeric, in brackets when IPv6
  uint16_t port = 0;  // as bound
  static Result<Listener> open(const ListenAddress& address);
};

}  // namespace tare::http
