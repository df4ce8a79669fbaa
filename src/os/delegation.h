// The part of the cgroup tree that is an ordinary user's: a group of v2 that was given to him with all below it
// (systemd's Delegate=, or a chown).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::os {

// The group of this process, as "/user.slice/…/run.scope", when it is ours to divide; nothing on v1, or when it belongs
// to somebody else. Its processes may be in the leaf that make_divisible makes.
std::optional<std::string> find_delegated_cgroup();

// The v2 path in a text of /proc/self/cgroup, without that leaf. Pure.
std::optional<std::string> parse_own_cgroup(std::string_view text);

// Hands the group's controllers to its children. Only a group without processes can do that: those in it are moved to a
// leaf of their own.
Result<void> make_divisible(const std::string& path);

}  // namespace tare::os
