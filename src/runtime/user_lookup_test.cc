#include "runtime/user_lookup.h"

#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1000:1000::/home/app:/bin/sh\n1234:x:5:6::/five:/bin/sh\n";
constexpr std::string_view kGroup = "root:x:0:\nstaff:x:50:app,other\naudio:x:29:app\napp:x:1000:\n";

ResolvedUser resolve(std::string_view user, const std::vector<std::string>& extra = {}) {
  return resolve_user(user, extra, kPasswd, kGroup).value();
}

TEST(UserLookup, RunsAsRootByDefault) {
  EXPECT_EQ(resolve("").uid, 0U);
  EXPECT_EQ(resolve("").home, "/root");
}

TEST(UserLookup, GivesAUserItsGroups) {
  const auto user = resolve("app");
  EXPECT_EQ(user.uid, 1000U);
  EXPECT_EQ(user.gid, 1000U);
  EXPECT_EQ(user.home, "/home/app");
  EXPECT_EQ(user.additional_gids, (std::vector<uint32_t>{1000, 50, 29}));
}

TEST(UserLookup, TakesAGroupFromTheUser) {
  const auto user = resolve("app:staff");
  EXPECT_EQ(user.gid, 50U);
  EXPECT_EQ(user.additional_gids, (std::vector<uint32_t>{50}));
  EXPECT_EQ(resolve("7:8").gid, 8U);
}

TEST(UserLookup, ANumberIsNeverAName) {
  EXPECT_EQ(resolve("1234").uid, 1234U);
  EXPECT_EQ(resolve_user("1234:9", {}, "1234:x:0:0::/:/bin/sh\n", "9:x:0:\n").value().gid, 9U);
}

TEST(UserLookup, NumbersThatWrapAroundAreRefused) {
  EXPECT_FALSE(resolve_user("4294967296", {}, kPasswd, kGroup).ok());
  EXPECT_FALSE(resolve_user("0:4294967296", {}, kPasswd, kGroup).ok());
}

TEST(UserLookup, AddsGroupsByNameAndNumber) {
  EXPECT_EQ(resolve("0", {"audio", "77"}).additional_gids, (std::vector<uint32_t>{0, 29, 77}));
}

TEST(UserLookup, NamesWhoIsMissing) {
  EXPECT_EQ(resolve_user("ghost", {}, kPasswd, kGroup).error().text(),
            "unable to find user ghost: no matching entries in passwd file");
  EXPECT_FALSE(resolve_user("app:ghosts", {}, kPasswd, kGroup).ok());
  EXPECT_EQ(resolve_user("42", {}, "", "").value().uid, 42U);
}

}  // namespace
}  // namespace tare::runtime
