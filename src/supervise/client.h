// The engine's side of a supervisor: start one, talk to it, attach to it. The conversation is drawn in protocol.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "supervise/config.h"
#include "supervise/standby.h"
#include "supervise/state.h"

namespace tare::supervise {

// Descriptors that a container needs for as long as it lives.
struct Inheritance {
  std::optional<UniqueFd> network_namespace;  // joined instead of what config.json says
  std::optional<UniqueFd> user_namespace;     // the same; its mappings are those of config.json
  std::vector<UniqueFd> reserved_ports;       // bound sockets, only held
};

// An attached client's stream. Frames are Docker's: one byte stream (1 stdout, 2 stderr, 3 exit), three zero bytes,
// four bytes big-endian length, payload (protocol.h: parse_frame_head). The exit frame holds a state.json
// (State::parse) and is the last one. With a terminal all output is stream 1. What is written to it is the container's
// stdin; shutting down its writing side closes stdin (stdin_once).
struct Attachment {
  UniqueFd socket;  // SOCK_STREAM
};

struct StartedSupervisor {
  pid_t container_pid = 0;
  std::optional<Attachment> attachment;
};

// Writes supervisor.json, tells the waiting supervisor and returns when the container's process has been executed, or
// why it could not be, with the kinds kNoExecutable and kNotExecutable for the user's command. With `attach`, output is
// complete from the first byte.
Result<StartedSupervisor> start(Standby supervisor, const Config& config, const Inheritance& inheritance, bool attach);

// A connection to a running container's supervisor; kConflict when it is not running.
class Client {
 public:
  static Result<Client> connect(const std::string& run_directory);
  Result<void> kill(int signal);
  // Sends `signal`, and SIGKILL after `timeout_seconds` (-1: never); returns when the container is gone.
  // It is not restarted, whatever its policy.
  Result<void> stop(int signal, int timeout_seconds);
  Result<void> pause();
  Result<void> resume();
  Result<void> resize(int rows, int columns);
  // Sets the limits of DATA/containers/ID/resources.json, an OCI "resources" object, on the running container. Between
  // two runs there is nothing to set them on: the next one has them from config.json.
  Result<void> update();
  Result<void> set_restart_policy(const RestartPolicy& policy);
  Result<State> wait();  // until the container has exited for good
  // Readable or hung up once the container has exited for good: the end of a followed log (logs::Reader).
  Result<UniqueFd> watch_exit();
  Result<Attachment> attach(bool with_stdin);

 private:
  explicit Client(std::string socket_path) : socket_path_(std::move(socket_path)) {}
  std::string socket_path_;
};

}  // namespace tare::supervise
