// Between this terminal and a container: its output to our stdout and stderr, our stdin to it, signals and window
// sizes passed on. For `run`, `start -a` and `attach`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "supervise/client.h"

namespace tare::cmd {

struct RelayOptions {
  bool with_stdin = false;
  bool with_stdout = true;  // without either we leave when our standard input has ended
  bool with_stderr = true;
  bool terminal = false;      // the container has one: ours becomes raw, and ctrl-p ctrl-q detaches
  bool signal_proxy = true;   // SIGINT, SIGTERM, … go to the container
  std::string run_directory;  // of the container, for signals and window sizes
};

// How the container ended; nothing when the user detached or the supervisor went away (its record tells more then).
Result<std::optional<supervise::State>> relay(const supervise::Attachment& attachment, const RelayOptions& options);

// This terminal in raw mode while the object lives; does nothing when standard input is none.
class RawTerminal {
 public:
  RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

 private:
  struct Saved;
  std::unique_ptr<Saved> saved_;
};

struct WindowSize {
  int rows = 0;
  int columns = 0;
};
std::optional<WindowSize> read_window_size();  // of standard input's terminal

}  // namespace tare::cmd
