#include "supervise/oom.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/file.h"

namespace tare::supervise {
namespace {

constexpr std::string_view kKill = "oom-kill:constraint=";
constexpr std::string_view kVictim = "Killed process ";

// The value of "key=value" in a list with commas; names of tasks may have commas, so the known ones are looked for.
std::string_view value_of(std::string_view line, std::string_view key) {
  const auto start = line.find(formatted(",{}=", key));
  if (start == std::string_view::npos) return {};
  const auto rest = line.substr(start + key.size() + 2);
  return rest.substr(0, rest.find(','));
}

// "…,task_memcg=/tare/ID,…": the container's group, or one that it made inside.
bool concerns(std::string_view line, std::string_view container_id) {
  const auto group = value_of(line, "task_memcg");
  return group.find(container_id) != std::string_view::npos;
}

OomKill parse_kill(std::string_view line, std::string_view container_id) {
  OomKill kill;
  const auto full = value_of(line, "oom_memcg");
  if (full.empty()) {
    kill.limit = OomKill::Limit::kHost;
  } else if (full.find(container_id) == std::string_view::npos) {
    kill.limit = OomKill::Limit::kParent;
    kill.parent = full;
  }
  return kill;
}

uint64_t kilobytes_after(std::string_view line, std::string_view word) {
  const auto at = line.find(word);
  if (at == std::string_view::npos) return 0;
  const auto rest = line.substr(at + word.size());
  return parse_unsigned(rest.substr(0, rest.find("kB"))).value_or(0);
}

// "Memory cgroup out of memory: Killed process 123 (sh) total-vm:1kB, anon-rss:2kB, file-rss:3kB, shmem-rss:4kB, …"
void parse_victim(std::string_view line, OomKill& kill) {
  const auto rest = line.substr(line.find(kVictim) + kVictim.size());
  kill.pid = static_cast<pid_t>(parse_unsigned(rest.substr(0, rest.find(' '))).value_or(0));
  const auto open = rest.find('(');
  const auto close = rest.find(") total-vm:");
  if (open != std::string_view::npos && close != std::string_view::npos && close > open) {
    kill.process = rest.substr(open + 1, close - open - 1);
  }
  kill.bytes = 1024 * (kilobytes_after(line, "anon-rss:") + kilobytes_after(line, "file-rss:") +
                       kilobytes_after(line, "shmem-rss:"));
}

std::string limit_text(const OomKill& kill, uint64_t memory_limit) {
  if (kill.limit == OomKill::Limit::kHost) return "because the host had no memory left";
  if (kill.limit == OomKill::Limit::kParent) return formatted("at the limit of the control group {}", kill.parent);
  if (memory_limit == 0) return "at the container's memory limit";
  return formatted("at the container's limit of {}", format_binary_size(memory_limit));
}

}  // namespace

std::vector<OomKill> parse_oom_kills(std::string_view log, std::string_view container_id, uint64_t since) {
  std::vector<OomKill> kills;
  bool victim_follows = false;
  for (const auto& record : split(log, '\n')) {
    const auto parts = cut(record, ';');
    if (!parts) continue;
    const auto head = split(parts->first, ',');
    if (head.size() < 3 || parse_unsigned(head[2]).value_or(0) < since) continue;
    const auto line = parts->second;
    if (line.starts_with(kKill)) {
      victim_follows = concerns(line, container_id);
      if (victim_follows) kills.push_back(parse_kill(line, container_id));
    } else if (victim_follows && line.find(kVictim) != std::string_view::npos) {
      parse_victim(line, kills.back());
      victim_follows = false;
    }
  }
  std::erase_if(kills, [](const OomKill& kill) { return kill.pid == 0; });
  return kills;
}

std::string read_kernel_log() {
  const auto device = os::open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
  if (!device.ok()) return {};
  std::string log;
  std::array<char, 8192> record;
  while (true) {
    const auto count = ::read(device->get(), record.data(), record.size());
    // EPIPE: the record was overwritten meanwhile; the next read goes on behind it.
    if (count < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (count <= 0) return log;
    log.append(record.data(), static_cast<size_t>(count));
  }
}

bool ended_by_oom(const OomFacts& facts) {
  if (facts.kills == 0) return false;
  // A shell passes on the end of the child that it waited for.
  if (facts.exit_signal == 0) return facts.exit_code == 128 + SIGKILL;
  if (facts.exit_signal != SIGKILL) return false;
  const auto& logged = facts.logged;
  if (logged.empty()) return !facts.killed_by_user;
  return std::any_of(logged.begin(), logged.end(),
                     [&](const OomKill& kill) { return kill.pid == facts.first_process; });
}

std::string describe_oom(const OomFacts& facts) {
  if (facts.kills == 0) return {};
  const auto more = facts.kills > 1 ? formatted("; {} processes in all", facts.kills) : std::string();
  if (facts.logged.empty()) {
    return formatted("out of memory: a process was killed, {}{}", limit_text({}, facts.memory_limit), more);
  }
  const auto& kill = facts.logged.back();
  return formatted("out of memory: process {} (pid {}) was killed with {} in memory, {}{}", kill.process, kill.pid,
                   format_binary_size(kill.bytes), limit_text(kill, facts.memory_limit), more);
}

}  // namespace tare::supervise
