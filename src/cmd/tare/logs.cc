// `logs`: stdout to stdout, stderr to stderr, as Docker prints them.
#include "cmd/tare/logs.h"

#include <fcntl.h>
#include <unistd.h>

#include "cmd/tare/arguments.h"
#include "cmd/tare/session.h"
#include "logs/reader.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

struct LogsOptions {
  std::string container;
  logs::ReadOptions read;
  bool timestamps = false;
  bool details = false;
};

// A time, or a duration before now ("10m"), or seconds since 1970, as Docker takes them.
Result<TimePoint> parse_moment(std::string_view option, const std::string& text) {
  if (const auto duration = parse_duration(text)) return now() - *duration;
  if (const auto seconds = parse_unsigned(text)) return TimePoint(std::chrono::seconds(*seconds));
  if (const auto time = parse_rfc3339(text)) return *time;
  return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for {}", text, option)
      .with_hint("a time such as 2026-01-02T15:04:05Z, or a duration such as 10m");
}

Result<LogsOptions> parse_logs_options(const Words& words) {
  LogsOptions options;
  std::string since;
  std::string until;
  std::string tail = "all";
  Arguments arguments("tare logs [OPTIONS] CONTAINER", "Show the output of a container");
  arguments.flag("-f,--follow", options.read.follow, "Go on as it grows");
  arguments.flag("-t,--timestamps", options.timestamps, "Show when each line was written");
  arguments.text("--since", since, "Only from this time on, or from this long ago");
  arguments.text("--until", until, "Only before this time, or before this long ago");
  arguments.text("-n,--tail", tail, "Number of lines from the end, or all");
  arguments.refused("--details");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  options.container = names.front();
  if (!since.empty()) options.read.since = TRY(parse_moment("--since", since));
  if (!until.empty()) options.read.until = TRY(parse_moment("--until", until));
  if (tail != "all") {
    const auto count = parse_unsigned(tail);
    if (!count)
      return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for --tail: expected a number or all", tail);
    options.read.tail = *count;
  }
  return options;
}

Result<void> print(const logs::Entry& entry, bool timestamps) {
  std::string line;
  if (timestamps) line = format_rfc3339_nano(entry.time) + " ";
  line += entry.text;
  if (entry.newline) line += '\n';
  const int target = entry.stream == logs::Stream::kStderr ? STDERR_FILENO : STDOUT_FILENO;
  return os::write_all(BorrowedFd(target), line, "output");
}

// Readable when the container's supervisor has ended, that is when nothing more will be logged.
Result<std::optional<UniqueFd>> end_of(const engine::Container& container) {
  if (!container.running()) return std::optional<UniqueFd>();
  auto supervisor = os::open_pidfd(container.state.supervisor_pid);
  if (!supervisor.ok()) return std::optional<UniqueFd>();
  return std::optional(std::move(supervisor).value());
}

}  // namespace

Result<int> logs_command(const Words& words) {
  auto options = TRY(parse_logs_options(words));
  auto engine = TRY(open_engine());
  const auto container = TRY(engine.find_container(options.container));
  if (!container.record.options.log.keep) {
    return Failure(ErrorKind::kUnsupported, "container {} keeps no log: it runs with --log-driver none",
                   container.name);
  }
  const auto ended = TRY(end_of(container));
  if (!ended) options.read.follow = false;
  const auto ended_fd = ended ? std::optional<BorrowedFd>(*ended) : std::nullopt;
  auto reader = TRY(logs::Reader::open(engine.log_directory(container.record.id), options.read, ended_fd));
  for (;;) {
    const auto entry = TRY(reader.next());
    if (!entry) return 0;
    if (!print(*entry, options.timestamps).ok()) return 0;  // whoever reads us has seen enough
  }
}

}  // namespace tare::cmd
