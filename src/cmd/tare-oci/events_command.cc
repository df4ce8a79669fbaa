// events: a line of statistics each interval, and one for each time that the kernel killed for lack of memory.
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "commands.h"
#include "os/error.h"
#include "os/oom_watch.h"
#include "runtime/apply/resctrl.h"
#include "statistics.h"

namespace tare::cmd {
namespace {

void print_line(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);  // whoever reads a pipe wants each event when it happens
}

Result<std::chrono::nanoseconds> interval_of(const Flags& flags) {
  const std::string text = flags.text("interval", "5s");
  const auto interval = parse_duration(text);
  if (!interval) {
    return Failure(ErrorKind::kInvalidArgument, "invalid value \"{}\" for flag -interval: no duration", text);
  }
  if (interval->count() > 0) return *interval;
  return Failure(ErrorKind::kInvalidArgument, "duration interval must be greater than 0");
}

Result<UniqueFd> tick_every(std::chrono::nanoseconds interval) {
  constexpr int64_t kSecond = 1'000'000'000;
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return os::last_error("make", "timer");
  const timespec step{interval.count() / kSecond, interval.count() % kSecond};
  const itimerspec setting{step, step};
  if (::timerfd_settime(timer.get(), 0, &setting, nullptr) != 0) return os::last_error("set", "timer");
  return timer;
}

// Until the container's cgroup is gone.
Result<int> follow(const std::string& id, const os::Cgroup& cgroup, const std::optional<runtime::ResctrlPlan>& resctrl,
                   std::chrono::nanoseconds interval) {
  auto watch = TRY(os::OomWatch::open(cgroup));
  const UniqueFd timer = TRY(tick_every(interval));
  pollfd watched[] = {{watch.fd().get(), POLLIN, 0}, {timer.get(), POLLIN, 0}};
  while (true) {
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) return os::last_error("wait for events of", id);
    for (auto news = watch.read(); news != os::OomWatch::News::kNothing; news = watch.read()) {
      if (news == os::OomWatch::News::kGone) return 0;
      print_line(oom_event(id));
    }
    uint64_t ticks = 0;
    if (watched[1].revents == 0 || ::read(timer.get(), &ticks, sizeof ticks) != sizeof ticks) continue;
    const auto event = stats_event(id, cgroup, resctrl);
    if (!event.ok()) return 0;
    print_line(*event);
  }
}

Result<int> events(const Invocation& invocation) {
  const auto interval = TRY(interval_of(invocation.flags));
  const auto record = TRY(invocation.records.load(invocation.container()));
  if (invocation.records.status(record) == Status::kStopped) {
    return Failure(ErrorKind::kConflict, "container with id {} is not running", record.id);
  }
  const auto cgroup = TRY(cgroup_of(record));
  if (cgroup.empty()) return Failure(ErrorKind::kUnsupported, "container {} has no cgroup to measure", record.id);
  const auto spec = TRY(invocation.records.load_spec(record.id));
  const auto resctrl = TRY(runtime::find_resctrl_groups(spec, record.id));
  if (!invocation.flags.has("stats")) return follow(record.id, cgroup, resctrl, interval);
  print_line(TRY(stats_event(record.id, cgroup, resctrl)));
  return 0;
}

}  // namespace

Command events_command() {
  return {.name = "events",
          .summary = "print what a container uses, and when it runs out of memory",
          .arguments = "<container-id>",
          .flags = {{"interval", "", FlagValue::kText, "time between two statistics (default: 5s)"},
                    {"stats", "", FlagValue::kNone, "print the statistics once"}},
          .run = events};
}

}  // namespace tare::cmd
