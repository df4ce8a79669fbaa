// RUN --mount=type=…: what it says. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::build {

struct RunMount {
  enum class Type { kBind, kCache, kTmpfs, kSecret };
  enum class Sharing { kShared, kPrivate, kLocked };

  Type type = Type::kBind;
  std::string target;  // absolute, or relative to WORKDIR; a secret's default is /run/secrets/ID
  std::string source;  // of kBind: a path in the context or stage
  std::string from;    // of kBind: a stage or an image; empty: the context
  std::string id;      // of kCache (default: the target) and kSecret
  bool read_only = false;
  bool required = false;               // of kSecret: its absence is an error
  std::string environment;             // of kSecret: the variable that holds it, in place of a file
  Sharing sharing = Sharing::kShared;  // of kCache
  std::optional<mode_t> mode;
  uid_t uid = 0;
  gid_t gid = 0;
  std::optional<uint64_t> size;  // of kTmpfs, bytes
};

// Octal permissions: "755", "0644", "4755".
Result<mode_t> parse_mode(std::string_view text);

// "type=cache,target=/root/.cache,sharing=locked". What is not supported is refused by name.
Result<RunMount> parse_run_mount(std::string_view text);

}  // namespace tare::build
