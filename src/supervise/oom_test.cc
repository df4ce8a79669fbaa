#include "supervise/oom.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace tare::supervise {
namespace {

const std::string kId(64, 'a');

std::string kill_record(const std::string& at, const std::string& memcg, const std::string& pid) {
  return "6,10," + at + ",-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0" + memcg +
         ",task_memcg=/tare/" + kId + ",task=sh,pid=" + pid + ",uid=0\n" + "3,11," + at +
         ",-;Memory cgroup out of memory: Killed process " + pid +
         " (a (b) c) total-vm:51936kB, anon-rss:15000kB, file-rss:1300kB, shmem-rss:84kB, UID:0 pgtables:96kB\n";
}

TEST(Oom, FindsTheVictimInTheKernelsLog) {
  const auto log = "6,9,400,-;something else\n" + kill_record("500", ",oom_memcg=/tare/" + kId, "123");
  const auto kills = parse_oom_kills(log, kId, 0);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 123);
  EXPECT_EQ(kills[0].process, "a (b) c");
  EXPECT_EQ(kills[0].bytes, 16384U * 1024);
  EXPECT_EQ(kills[0].limit, OomKill::Limit::kContainer);
  EXPECT_TRUE(parse_oom_kills(log, std::string(64, 'b'), 0).empty());
  EXPECT_TRUE(parse_oom_kills(log, kId, 501).empty());
  EXPECT_TRUE(parse_oom_kills("nonsense\n6,1;oom-kill:\n;\n6,2,3,-;oom-kill:constraint=\n", kId, 0).empty());
}

TEST(Oom, TellsWhoseLimitWasReached) {
  const auto parent = parse_oom_kills(kill_record("1", ",oom_memcg=/shop", "5"), kId, 0);
  ASSERT_EQ(parent.size(), 1U);
  EXPECT_EQ(parent[0].limit, OomKill::Limit::kParent);
  EXPECT_EQ(parent[0].parent, "/shop");
  const auto host = parse_oom_kills(kill_record("1", ",global_oom", "5"), kId, 0);
  ASSERT_EQ(host.size(), 1U);
  EXPECT_EQ(host[0].limit, OomKill::Limit::kHost);
}

TEST(Oom, IsTheEndOfTheContainerOnlyWhenItIs) {
  OomFacts facts{.kills = 1, .first_process = 7, .exit_code = 137, .exit_signal = SIGKILL, .logged = {}};
  facts.logged = {{.pid = 7}};
  EXPECT_TRUE(ended_by_oom(facts));
  facts.logged = {{.pid = 8}};  // a child; then somebody killed the container
  EXPECT_FALSE(ended_by_oom(facts));
  facts.exit_signal = 0;  // a shell that passes on its child's end
  EXPECT_TRUE(ended_by_oom(facts));
  facts.exit_code = 0;
  EXPECT_FALSE(ended_by_oom(facts));
  OomFacts without_log{.kills = 1, .exit_code = 137, .exit_signal = SIGKILL};
  EXPECT_TRUE(ended_by_oom(without_log));
  without_log.killed_by_user = true;
  EXPECT_FALSE(ended_by_oom(without_log));
  without_log.killed_by_user = false;
  without_log.kills = 0;
  EXPECT_FALSE(ended_by_oom(without_log));
}

TEST(Oom, SaysWhatHappened) {
  OomFacts facts{.kills = 2, .memory_limit = 16 << 20};
  EXPECT_EQ(describe_oom(facts),
            "out of memory: a process was killed, at the container's limit of 16MiB; 2 processes in all");
  facts.kills = 1;
  facts.logged = {{.pid = 7, .process = "sh", .bytes = 15 << 20}};
  EXPECT_EQ(describe_oom(facts),
            "out of memory: process sh (pid 7) was killed with 15MiB in memory, at the container's limit of 16MiB");
  EXPECT_EQ(describe_oom({}), "");
}

}  // namespace
}  // namespace tare::supervise
