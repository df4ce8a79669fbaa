// Which process the kernel killed for lack of memory, how large it was, and whose limit was reached: from the kernel's
// log, whose lines name the control group. The counters of the group alone say only that it happened.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tare::supervise {

struct OomKill {
  enum class Limit { kContainer, kParent, kHost };
  Limit limit = Limit::kContainer;
  std::string parent;  // kParent: the control group that was full
  pid_t pid = 0;       // in the host's pid namespace
  std::string process;
  uint64_t bytes = 0;  // that it had in memory
};

// The kills in the control group whose last component is `container_id`, oldest first. `log` holds records as
// /dev/kmsg gives them ("6,1234,5170000000,-;text"); those before `since` (microseconds since the machine started) are
// not looked at.
std::vector<OomKill> parse_oom_kills(std::string_view log, std::string_view container_id, uint64_t since);
// What the kernel's log is now; empty where it cannot be read (kernel.dmesg_restrict and no CAP_SYSLOG).
std::string read_kernel_log();

// What the counters and the log say of a run that has ended.
struct OomFacts {
  uint64_t kills = 0;         // how often the counter of the group rose
  uint64_t memory_limit = 0;  // bytes; 0: none
  pid_t first_process = 0;
  int exit_code = 0;  // 128 + signal when killed
  int exit_signal = 0;
  bool killed_by_user = false;
  std::vector<OomKill> logged;
};
// Whether the container ended by it. A process that was killed while the container went on is not its end, and a plain
// SIGKILL after one is not either.
bool ended_by_oom(const OomFacts& facts);
// "out of memory: process sh (pid 123) was killed with 15.8MiB in memory, at the container's limit of 16MiB".
std::string describe_oom(const OomFacts& facts);

}  // namespace tare::supervise
