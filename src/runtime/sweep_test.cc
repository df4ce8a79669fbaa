#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "runtime/runtime.h"

namespace tare::runtime {
namespace {

TEST(Sweep, RemovesOnlyEmptyGroupsOfDeadProcesses) {
  const std::string parent = "/tare-sweep-" + std::to_string(::getpid());
  const auto group = os::Cgroup::find(parent);
  if (!group.ok() || group->directories().empty() || !group->create().ok()) GTEST_SKIP() << "needs a cgroup of its own";
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const os::Cgroup stale(group->layout(), parent + "/x-" + std::to_string(dead));
  const os::Cgroup alive(group->layout(), parent + "/x-" + std::to_string(::getpid()));
  const os::Cgroup other(group->layout(), parent + "/y-" + std::to_string(dead));
  ASSERT_TRUE(stale.create().ok() && alive.create().ok() && other.create().ok());
  sweep_groups_of_dead(parent, "x-");
  EXPECT_FALSE(stale.exists());
  EXPECT_TRUE(alive.exists());
  EXPECT_TRUE(other.exists());
  EXPECT_TRUE(group->remove().ok());
  EXPECT_FALSE(group->exists());
}

}  // namespace
}  // namespace tare::runtime
