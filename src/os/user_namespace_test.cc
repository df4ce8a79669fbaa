#include "os/user_namespace.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace tare::os {
namespace {

TEST(SubordinateIds, AreFoundByNameOrNumber) {
  constexpr std::string_view kText = "# none\nalice:100000:65536\nbob:200000:0\n1001:300000:65536\nbroken\n";
  EXPECT_EQ(find_subordinate_ids(kText, "alice", 1000)->first, 100000u);
  EXPECT_EQ(find_subordinate_ids(kText, "carol", 1001)->first, 300000u);
  EXPECT_FALSE(find_subordinate_ids(kText, "bob", 1002).has_value());
  EXPECT_FALSE(find_subordinate_ids(kText, "", 1003).has_value());
}

// In a child, because there is no way back.
TEST(UserNamespace, MakesAnOrdinaryUserRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "becomes an ordinary user first, which takes root";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t kNobodyInParticular = 54321;
    if (::setgroups(0, nullptr) != 0 || ::setgid(kNobodyInParticular) != 0 || ::setuid(kNobodyInParticular) != 0)
      ::_exit(2);
    // A change of user makes /proc/self root's; a program that a user starts owns it.
    ::prctl(PR_SET_DUMPABLE, 1);
    const auto became = become_root_in_user_namespace();
    if (!became.ok()) ::_exit(became.error().errno_value() == EPERM || became.error().errno_value() == ENOSPC ? 3 : 4);
    const char* before = ::getenv("TARE_ROOTLESS_UID");
    ::_exit(::geteuid() == 0 && ::getegid() == 0 && before != nullptr && std::string(before) == "54321" ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "this host allows no unprivileged user namespaces";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace tare::os
