// Users and groups of a container, from its own /etc/passwd and /etc/group: "root", "1000", "1000:1000", "app:staff".
// Pure; the rules are Docker's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::runtime {

struct ResolvedUser {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> additional_gids;
  std::string home = "/";
};

// `group_add` are names or numbers (--group-add). kNotFound in Docker's words: "unable to find user app: no matching
// entries in passwd file".
Result<ResolvedUser> resolve_user(std::string_view user, const std::vector<std::string>& group_add,
                                  std::string_view passwd, std::string_view group);

}  // namespace tare::runtime
