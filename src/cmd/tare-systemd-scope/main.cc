// tare-systemd-scope: speaks with systemd for tare-oci --systemd-cgroup, which is static and has no D-Bus.
//
//   tare-systemd-scope system|user start UNIT SLICE DESCRIPTION [PROPERTY=VALUE…]
//   tare-systemd-scope system|user set UNIT [PROPERTY=VALUE…]
//   tare-systemd-scope system|user stop UNIT
//
// Standard input is a SOCK_SEQPACKET socket, on which it answers: "G" and the control group (start) or nothing more
// (the others), or "E" and an encoded Error.
//
// `start` is itself the process in the new scope: a scope without one ends at once, and the container's first process
// is born in the group, for which the group has to be there. It leaves when it is told "PROPERTY=VALUE" lines, which it
// sets, or when the other side is gone: so nothing is left of a start that failed or was killed.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "manager.h"
#include "os/fd_passing.h"

namespace tare::cmd {
namespace {

const BorrowedFd kCaller{STDIN_FILENO};

using Words = std::vector<std::string>;

Result<void> answer(const Result<std::string>& outcome) {
  return os::send_message(kCaller, outcome.ok() ? "G" + *outcome : "E" + encode_error(outcome.error()));
}

PropertyTexts from(const Words& words, size_t first) {
  return {words.begin() + static_cast<ptrdiff_t>(first), words.end()};
}

Result<std::string> set(Manager& manager, const std::string& unit, const PropertyTexts& properties) {
  TRY(manager.set_properties(unit, properties));
  return std::string();
}

// Waits in the scope until the container's process is in it too.
Result<std::string> hold(Manager& manager, const std::string& unit) {
  const os::Message last = TRY(os::receive_message(kCaller));
  return set(manager, unit, last.bytes.empty() ? PropertyTexts() : split(trim(last.bytes), '\n'));
}

Result<std::string> run(Manager& manager, const Words& words) {
  const std::string& verb = words[1];
  const std::string& unit = words[2];
  if (verb == "start" && words.size() >= 5) {
    const std::string group = TRY(manager.start_scope({unit, words[3], words[4], ::getpid(), from(words, 5)}));
    TRY(answer(group));
    return hold(manager, unit);
  }
  if (verb == "set") return set(manager, unit, from(words, 3));
  if (verb == "stop" && words.size() == 3) {
    TRY(manager.stop_scope(unit));
    return std::string();
  }
  return Failure(ErrorKind::kInvalidArgument, "tare-systemd-scope: unknown request {}", join(words, " "));
}

Result<std::string> connect_and_run(const Words& words) {
  auto manager = TRY(Manager::connect(words[0] == "user" ? WhichManager::kUser : WhichManager::kSystem));
  return run(manager, words);
}

int run_program(const Words& words) {
  if (words.size() < 3 || (words[0] != "system" && words[0] != "user")) {
    std::fputs("tare-systemd-scope: run by tare-oci --systemd-cgroup, not by people\n", stderr);
    return 125;
  }
  const auto outcome = connect_and_run(words);
  return answer(outcome).ok() && outcome.ok() ? 0 : 1;
}

}  // namespace
}  // namespace tare::cmd

int main(int count, char** arguments) { return tare::cmd::run_program({arguments + 1, arguments + count}); }
