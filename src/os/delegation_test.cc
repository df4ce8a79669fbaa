#include "os/delegation.h"

#include <gtest/gtest.h>

namespace tare::os {
namespace {

TEST(OwnCgroup, IsTheLineOfVersion2) {
  EXPECT_EQ(parse_own_cgroup("0::/user.slice/run.scope\n"), "/user.slice/run.scope");
  EXPECT_EQ(parse_own_cgroup("3:memory:/a\n0::/b\n"), "/b");
  EXPECT_EQ(parse_own_cgroup("0::/\n"), "/");
  EXPECT_EQ(parse_own_cgroup("3:memory:/a\n"), std::nullopt);
  EXPECT_EQ(parse_own_cgroup(""), std::nullopt);
}

TEST(OwnCgroup, IsTheOneAboveTheLeafOfItsProcesses) {
  EXPECT_EQ(parse_own_cgroup("0::/mine/tare-callers\n"), "/mine");
  EXPECT_EQ(parse_own_cgroup("0::/mine/other-tare-callers\n"), "/mine/other-tare-callers");
}

}  // namespace
}  // namespace tare::os
