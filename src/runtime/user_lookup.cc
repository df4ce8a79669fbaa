#include "runtime/user_lookup.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace tare::runtime {
namespace {

struct PasswdEntry {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string home;
};

struct GroupEntry {
  std::string name;
  uint32_t gid = 0;
  std::vector<std::string> members;
};

std::optional<uint32_t> parse_id(std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number || *number > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// Lines that are no entries are skipped, as libc does.
std::vector<PasswdEntry> parse_passwd(std::string_view text) {
  std::vector<PasswdEntry> entries;
  for (const auto& line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 6) continue;
    const auto uid = parse_id(fields[2]);
    const auto gid = parse_id(fields[3]);
    if (uid && gid) entries.push_back({fields[0], *uid, *gid, fields[5]});
  }
  return entries;
}

std::vector<GroupEntry> parse_group(std::string_view text) {
  std::vector<GroupEntry> entries;
  for (const auto& line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 4) continue;
    const auto gid = parse_id(fields[2]);
    if (gid) entries.push_back({fields[0], *gid, split(fields[3], ',')});
  }
  return entries;
}

// A number is always that number: an image may call its root "1000" (CVE-2016-3697).
Result<uint32_t> find_group(const std::string& name, const std::vector<GroupEntry>& groups) {
  if (const auto gid = parse_id(name)) return *gid;
  for (const auto& group : groups) {
    if (group.name == name) return group.gid;
  }
  return Failure(ErrorKind::kNotFound, "unable to find group {}: no matching entries in group file", name);
}

Result<PasswdEntry> find_user(const std::string& name, const std::vector<PasswdEntry>& users) {
  const auto uid = parse_id(name);
  for (const auto& user : users) {
    if (uid ? user.uid == *uid : user.name == name) return user;
  }
  if (uid) return PasswdEntry{"", *uid, 0, "/"};
  return Failure(ErrorKind::kNotFound, "unable to find user {}: no matching entries in passwd file", name);
}

void add_once(std::vector<uint32_t>& gids, uint32_t gid) {
  if (std::find(gids.begin(), gids.end(), gid) == gids.end()) gids.push_back(gid);
}

}  // namespace

Result<ResolvedUser> resolve_user(std::string_view user, const std::vector<std::string>& group_add,
                                  std::string_view passwd, std::string_view group) {
  const auto parts = split(user.empty() ? "0" : user, ':');
  const auto users = parse_passwd(passwd);
  const auto groups = parse_group(group);
  const auto entry = TRY(find_user(parts[0].empty() ? "0" : parts[0], users));
  ResolvedUser resolved{.uid = entry.uid, .gid = entry.gid, .home = entry.home.empty() ? "/" : entry.home};
  const bool group_given = parts.size() > 1 && !parts[1].empty();
  if (group_given) resolved.gid = TRY(find_group(parts[1], groups));
  // The group is in the list too: a process that changed its group could otherwise leave it, and with it what the group
  // is forbidden (CVE-2022-36109).
  resolved.additional_gids = {resolved.gid};
  // Docker: the groups that list the user are his only while no group was named.
  for (const auto& candidate : groups) {
    const auto& members = candidate.members;
    const bool member = !entry.name.empty() && std::find(members.begin(), members.end(), entry.name) != members.end();
    if (member && !group_given) add_once(resolved.additional_gids, candidate.gid);
  }
  for (const auto& extra : group_add) add_once(resolved.additional_gids, TRY(find_group(extra, groups)));
  return resolved;
}

}  // namespace tare::runtime
