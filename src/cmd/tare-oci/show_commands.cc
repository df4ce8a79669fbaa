// state, list, ps, features: what only prints.
#include <algorithm>
#include <cstdio>

#include "commands.h"
#include "features.h"
#include "os/file.h"
#include "process_table.h"

namespace tare::cmd {
namespace {

void print_line(const std::string& line) { std::printf("%s\n", line.c_str()); }

std::string pids_json(const std::vector<pid_t>& pids) {
  if (pids.empty()) return "null";
  std::vector<std::string> texts;
  for (const pid_t pid : pids) texts.push_back(std::to_string(pid));
  return "[" + join(texts, ",") + "]";
}

// As Go's tabwriter has it for runc: cells at least 12 wide, with 3 blanks between columns.
void print_aligned(const std::vector<std::vector<std::string>>& rows) {
  constexpr size_t kLeast = 12;
  constexpr size_t kGap = 3;
  std::vector<size_t> widths(rows.front().size(), kLeast);
  for (const auto& row : rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size() + kGap);
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t column = 0; column + 1 < row.size(); ++column) line += formatted("{:<{}}", row[column], widths[column]);
    print_line(line + row.back());
  }
}

void print_table(const std::vector<ContainerRecord>& containers, const Records& records) {
  std::vector<std::vector<std::string>> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const auto& record : containers) {
    const Status status = records.status(record);
    rows.push_back({record.id, std::to_string(status == Status::kStopped ? 0 : record.pid),
                    std::string(to_string(status)), record.bundle, record.created, owner_name(record.owner)});
  }
  print_aligned(rows);
}

Result<int> state(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  print_line(state_text(record, invocation.records.status(record), spec));
  return 0;
}

Result<int> list(const Invocation& invocation) {
  const auto containers = TRY(invocation.records.load_all());
  const std::string format = invocation.flags.text("format", "table");
  if (invocation.flags.has("quiet")) {
    for (const auto& record : containers) print_line(record.id);
  } else if (format == "json") {
    print_line(containers.empty() ? "null" : list_text(containers, invocation.records));
  } else if (format == "table") {
    print_table(containers, invocation.records);
  } else {
    return Failure(ErrorKind::kInvalidArgument, "invalid format option: {}", format);
  }
  return 0;
}

Result<int> ps(const Invocation& invocation) {
  const auto& words = invocation.flags.rest();
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto cgroup = TRY(cgroup_of(record));
  if (cgroup.empty()) return Failure(ErrorKind::kUnsupported, "container {} has no cgroup to list", record.id);
  const auto pids = TRY(cgroup.processes());
  const std::string format = invocation.flags.text("format", "table");
  if (format == "json") {
    print_line(pids_json(pids));
    return 0;
  }
  if (format != "table") return Failure(ErrorKind::kInvalidArgument, "invalid format option: {}", format);
  const std::string table = TRY(read_process_table({words.begin() + 1, words.end()}));
  std::fputs(TRY(rows_of(table, pids)).c_str(), stdout);
  return 0;
}

Result<int> features(const Invocation&) {
  print_line(features_text());
  return 0;
}

const FlagDefinition kFormat = {"format", "f", FlagValue::kText, "'table' (default) or 'json'"};

}  // namespace

Command state_command() {
  return {.name = "state", .summary = "print the state of a container", .arguments = "<container-id>", .run = state};
}

Command list_command() {
  return {.name = "list",
          .summary = "list the containers below --root",
          .at_least = 0,
          .at_most = 0,
          .flags = {kFormat, {"quiet", "q", FlagValue::kNone, "only the ids"}},
          .run = list};
}

Command ps_command() {
  return {.name = "ps",
          .summary = "list the processes of a container",
          .arguments = "<container-id> [options of ps]",
          .at_most = kAnyNumber,
          .flags = {kFormat},
          .run = ps,
          .order = FlagOrder::kBeforeWords};
}

Command features_command() {
  return {
      .name = "features", .summary = "print what this runtime supports", .at_least = 0, .at_most = 0, .run = features};
}

}  // namespace tare::cmd
