// The two subcommands of tare-registry.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace tare::registry {

struct ServeOptions {
  std::string listen = "127.0.0.1:5000";
  std::string root;             // empty: "registry" in the user's data directory
  std::string tls_certificate;  // PEM; both or neither
  std::string tls_key;
  std::string htpasswd;  // empty: no authentication
  std::string pid_file;  // empty: none
  bool quiet = false;    // no line per request
};

// Blocks until SIGTERM or SIGINT. Prints "listening on URL" when clients can connect.
Result<void> serve(const ServeOptions& options);

struct GarbageOptions {
  std::string root;
  std::string older_than = "24h";
};

Result<void> collect_garbage(const GarbageOptions& options);

}  // namespace tare::registry
