// tare-oci: the OCI runtime with the command line of runc, for containerd, CRI-O, Podman, Docker and people.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/clock.h"
#include "base/log.h"
#include "commands.h"
#include "error_log.h"
#include "flags.h"

namespace tare::cmd {
namespace {

using Command = Result<int> (*)(const Invocation&);

constexpr const char* kUsage = R"(Usage: tare-oci [OPTIONS] COMMAND [ARGUMENTS]

An OCI runtime (runtime specification 1.2) with the command line of runc.

Commands:
  create    make a container; its process waits
  start     execute the process of a created container
  run       create and start
  exec      execute another process in a running container
  kill      send a signal to the container's process
  delete    remove what a stopped container left
  state     print the state of a container
  list      list containers
  ps        list the processes of a container
  pause     stop all processes of a container
  resume    let them go on
  spec      write a new config.json
  features  print what this runtime supports

Options:
  --root DIR          where containers are remembered (default /run/tare-oci)
  --log FILE          where errors are written, too
  --log-format FORMAT "text" or "json"
  --debug             tell where errors come from
  --systemd-cgroup    refused: there is no systemd cgroup manager here
  --version           print the version
)";

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands = {
      {"create", create_command},    {"run", run_command},       {"start", start_command},
      {"exec", exec_command},        {"kill", kill_command},     {"delete", delete_command},
      {"state", state_command},      {"list", list_command},     {"ps", ps_command},
      {"pause", pause_command},      {"resume", resume_command}, {"spec", spec_command},
      {"features", features_command}};
  return kCommands;
}

const std::vector<FlagDefinition>& global_flags() {
  static const std::vector<FlagDefinition> kFlags = {
      {"root", "", true},      {"log", "", true},    {"log-format", "", true},      {"debug", "", false},
      {"version", "v", false}, {"help", "h", false}, {"systemd-cgroup", "", false}, {"rootless", "", true},
      {"criu", "", true}};
  return kFlags;
}

std::string default_root() {
  const char* directory = ::getenv("XDG_RUNTIME_DIR");
  return ::geteuid() == 0 || directory == nullptr ? "/run/tare-oci" : std::string(directory) + "/tare-oci";
}

Result<int> dispatch(const Flags& flags) {
  if (flags.has("version")) {
    std::printf("tare-oci version %s\nspec: 1.2.0\n", TARE_VERSION);
    return 0;
  }
  const auto& words = flags.rest();
  if (flags.has("help") || words.empty() || words[0] == "help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (flags.has("systemd-cgroup")) {
    return Failure(ErrorKind::kUnsupported, "--systemd-cgroup: cgroups are managed by their files only")
        .with_hint("configure the engine to use the cgroupfs driver");
  }
  const auto found = commands().find(words[0]);
  if (found == commands().end()) return Failure(ErrorKind::kUnsupported, "command {} is not supported", words[0]);
  return found->second({Records(flags.text("root", default_root())), {words.begin() + 1, words.end()}});
}

int run_program(const std::vector<std::string>& words) {
  set_program_name("tare-oci");
  auto flags = Flags::parse(words, global_flags());
  if (!flags.ok()) {
    print_error(flags.error());
    return 1;
  }
  if (flags->has("debug")) set_log_level(LogLevel::kDebug);
  const auto done = dispatch(*flags);
  if (done.ok()) return *done;
  print_error(done.error());
  log_error_to_file(done.error(), flags->text("log"), flags->text("log-format", "text"));
  switch (done.error().kind()) {
    case ErrorKind::kNoExecutable:
      return 127;
    case ErrorKind::kNotExecutable:
      return 126;
    default:
      return 1;
  }
}

}  // namespace
}  // namespace tare::cmd

int main(int count, char** arguments) { return tare::cmd::run_program({arguments + 1, arguments + count}); }
