// `stats` and `top`: what containers use, from their control groups, and what runs in them.
#include <unistd.h>

#include <iostream>
#include <thread>

#include "cmd/tare/arguments.h"
#include "cmd/tare/list_containers.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

using engine::Container;
using engine::Usage;

struct Sample {
  Container container;
  Usage usage;
  TimePoint time;
};

Result<std::vector<Container>> wanted(engine::Engine& engine, const std::vector<std::string>& names, bool all) {
  std::vector<Container> containers;
  for (const auto& name : names) containers.push_back(TRY(engine.find_container(name)));
  if (!names.empty()) return containers;
  auto listed = TRY(engine.list_containers());
  for (auto& container : listed) {
    if (all || container.running()) containers.push_back(std::move(container));
  }
  return containers;
}

Result<std::vector<Sample>> take_samples(const engine::Engine& engine, const std::vector<Container>& containers) {
  std::vector<Sample> samples;
  for (const auto& container : containers) {
    auto usage = engine.usage(container);
    // It may have ended since it was listed.
    samples.push_back({container, usage.ok() ? *usage : Usage{}, now()});
  }
  return samples;
}

// Without a limit the machine's memory is the limit, as Docker shows it.
uint64_t memory_limit(const Usage& usage) {
  const auto physical =
      static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return usage.cgroup.memory_limit == 0 ? physical : std::min(usage.cgroup.memory_limit, physical);
}

// Percent of one CPU between two samples.
double cpu_percent(const Sample& before, const Sample& after) {
  const auto elapsed = static_cast<double>((after.time - before.time).count());
  const auto used = static_cast<double>(after.usage.cgroup.cpu_usage_nanoseconds) -
                    static_cast<double>(before.usage.cgroup.cpu_usage_nanoseconds);
  return elapsed <= 0 || used < 0 ? 0 : used / elapsed * 100;
}

Row row_of(const Sample& before, const Sample& after) {
  const auto& usage = after.usage;
  const auto limit = memory_limit(usage);
  const auto memory = static_cast<double>(usage.cgroup.memory_usage) / static_cast<double>(limit) * 100;
  return {{"ID", after.container.record.id.substr(0, 12)},
          {"Name", after.container.name},
          {"CPUPerc", formatted("{:.2f}%", cpu_percent(before, after))},
          {"MemUsage", formatted("{} / {}", format_binary_size(usage.cgroup.memory_usage), format_binary_size(limit))},
          {"MemPerc", formatted("{:.2f}%", memory)},
          {"NetIO", formatted("{} / {}", format_decimal_size(usage.network_received_bytes),
                              format_decimal_size(usage.network_sent_bytes))},
          {"BlockIO", formatted("{} / {}", format_decimal_size(usage.cgroup.block_read_bytes),
                                format_decimal_size(usage.cgroup.block_write_bytes))},
          {"PIDs", std::to_string(usage.cgroup.processes)},
          {"Container", after.container.record.id.substr(0, 12)}};
}

Table empty_table() {
  return {.columns = {{"CONTAINER ID", "ID"},
                      {"NAME", "Name"},
                      {"CPU %", "CPUPerc"},
                      {"MEM USAGE / LIMIT", "MemUsage"},
                      {"MEM %", "MemPerc"},
                      {"NET I/O", "NetIO"},
                      {"BLOCK I/O", "BlockIO"},
                      {"PIDS", "PIDs"},
                      {"CONTAINER", "Container"}},
          .shown = 8,
          .rows = {}};
}

Result<std::string> render_stats(const std::vector<Sample>& before, const std::vector<Sample>& after,
                                 const std::string& format) {
  auto table = empty_table();
  for (size_t at = 0; at < after.size(); ++at) table.rows.push_back(row_of(before[at], after[at]));
  return render_table(table, format);
}

std::string user_name(unsigned uid) { return uid == 0 ? "root" : std::to_string(uid); }

// One line of `top`: from /proc/PID/{status,stat,cmdline}.
Result<Row> process_row(pid_t pid) {
  const auto status = TRY(os::read_file(formatted("/proc/{}/status", pid)));
  auto command = TRY(os::read_file(formatted("/proc/{}/cmdline", pid)));
  for (char& c : command) c = c == '\0' ? ' ' : c;
  std::string parent;
  unsigned uid = 0;
  for (const auto& line : split(status, '\n')) {
    const auto parts = cut(line, ':');
    if (!parts) continue;
    const auto value = trim(parts->second);
    if (parts->first == "PPid") parent = value;
    if (parts->first == "Uid")
      uid = static_cast<unsigned>(parse_unsigned(value.substr(0, value.find('\t'))).value_or(0));
  }
  return Row{
      {"UID", user_name(uid)}, {"PID", std::to_string(pid)}, {"PPID", parent}, {"CMD", std::string(trim(command))}};
}

}  // namespace

Result<int> stats_command(const Words& words) {
  bool all = false;
  bool once = false;
  std::string format;
  Arguments arguments("tare stats [OPTIONS] [CONTAINER...]", "Show what containers use of the machine");
  arguments.flag("-a,--all", all, "Show stopped ones too");
  arguments.flag("--no-stream", once, "Show once and end");
  arguments.text("--format", format, "json, or a Go template");
  arguments.refused("--no-trunc");
  const auto names = TRY(arguments.parse(words, {}));
  auto engine = TRY(open_engine());
  auto containers = TRY(wanted(engine, names, all));
  auto before = TRY(take_samples(engine, containers));
  for (;;) {
    // One interval for all containers at once: twenty of them take as long as one.
    std::this_thread::sleep_for(std::chrono::milliseconds(once ? 500 : 1000));
    const auto after = TRY(take_samples(engine, containers));
    const auto text = TRY(render_stats(before, after, format));
    if (!once && ::isatty(STDOUT_FILENO) == 1) std::cout << "\x1b[H\x1b[2J";
    std::cout << text << std::flush;
    if (once || !std::cout) return 0;
    containers = TRY(wanted(engine, names, all));
    before = TRY(take_samples(engine, containers));
  }
}

Result<int> top_command(const Words& words) {
  Arguments arguments("tare top CONTAINER", "Show the processes of a container");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  auto engine = TRY(open_engine());
  const auto container = TRY(engine.find_container(names[0]));
  const auto pids = TRY(engine.processes(container));
  Table table{.columns = {{"UID", "UID"}, {"PID", "PID"}, {"PPID", "PPID"}, {"CMD", "CMD"}}, .shown = 4, .rows = {}};
  for (const pid_t pid : pids) {
    auto row = process_row(pid);
    if (row.ok()) table.rows.push_back(std::move(row).value());  // else it has ended meanwhile
  }
  std::cout << TRY(render_table(table, ""));
  return 0;
}

}  // namespace tare::cmd
