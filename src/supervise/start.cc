// Starts a supervisor: what it inherits, and what it answers.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "os/error.h"
#include "os/file.h"
#include "supervise/client.h"
#include "supervise/protocol.h"
#include "supervise/spawn_detached.h"

namespace tare::supervise {
namespace {

// What the supervisor and its cleanup command need to find the same places and programs; nothing else of the user's
// environment outlives his command.
constexpr std::array<const char*, 8> kKeptVariables = {
    "PATH",      "HOME",          "XDG_DATA_HOME",     "XDG_RUNTIME_DIR",
    "TARE_ROOT", "TARE_RUN_ROOT", "TARE_ROOTLESS_UID", "TARE_ROOTLESS_GID"};

std::vector<std::string> kept_environment() {
  std::vector<std::string> kept;
  for (const char* name : kKeptVariables) {
    if (const char* value = ::getenv(name)) kept.push_back(formatted("{}={}", name, value));
  }
  return kept;
}

struct Ends {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<Ends> make_ready_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("make", "pipe");
  return Ends{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<Ends> make_attachment(bool attach) {
  if (!attach) return Ends{};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return os::last_error("make", "socket pair");
  return Ends{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

DetachedProgram plan_supervisor(const std::string& path, const Config& config, const Inheritance& inheritance,
                                const Ends& ready, const Ends& attachment) {
  DetachedProgram program{.path = path,
                          .arguments = {"tare-supervisor", config.data_directory},
                          .environment = kept_environment(),
                          .descriptors = {{ready.theirs, kReadyDescriptor}}};
  if (attachment.theirs.valid()) {
    program.arguments.emplace_back(kAttachArgument);
    program.descriptors.push_back({attachment.theirs, kAttachDescriptor});
  }
  if (inheritance.network_namespace) {
    program.arguments.emplace_back(kNetworkArgument);
    program.descriptors.push_back({*inheritance.network_namespace, kNetworkDescriptor});
  }
  if (inheritance.user_namespace) {
    program.arguments.emplace_back(kUserArgument);
    program.descriptors.push_back({*inheritance.user_namespace, kUserDescriptor});
  }
  int next = kFirstPortDescriptor;
  for (const auto& port : inheritance.reserved_ports) program.descriptors.push_back({port, next++});
  return program;
}

}  // namespace

Result<StartedSupervisor> start(const std::string& supervisor, const Config& config, Inheritance inheritance,
                                bool attach) {
  TRY(os::make_directories(config.run_directory, 0700));
  TRY(os::write_file_atomic(config.data_directory + "/supervisor.json", config.to_json(), 0600));
  auto ready = TRY(make_ready_pipe());
  auto attachment = TRY(make_attachment(attach));
  TRY(spawn_detached(plan_supervisor(supervisor, config, inheritance, ready, attachment)));

  ready.theirs.reset();
  attachment.theirs.reset();
  const auto answer = TRY(os::read_fd(ready.ours, "ready pipe"));
  const auto pid = TRY(parse_answer(answer));
  StartedSupervisor started{.container_pid = static_cast<pid_t>(parse_unsigned(pid).value_or(0))};
  if (attach) started.attachment = Attachment{std::move(attachment.ours)};
  return started;
}

}  // namespace tare::supervise
