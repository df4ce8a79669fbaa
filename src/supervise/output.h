// The container's standard output and error (or its terminal) on their way to the log and the attached clients.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "logs/writer.h"
#include "supervise/attached_clients.h"
#include "supervise/event_loop.h"

namespace tare::supervise {

class Output {
 public:
  // `log` may be nullptr.
  Output(EventLoop& loop, logs::Writer* log, AttachedClients& clients) : loop_(loop), log_(log), clients_(clients) {}

  void open(logs::Stream stream, UniqueFd source);
  void update();  // reads, unless a client is holding
  // The container's processes are dead: takes what they left in the pipes, and closes them. A process that is not dead
  // (with --pid=host one may survive outside the cgroup) is not waited for, nor read for ever.
  void drain();

 private:
  struct Source {
    logs::Stream stream;
    UniqueFd fd;
    std::unique_ptr<Watch> watch;
  };
  enum class Progress { kMoved, kNothing, kEnded };

  Progress pump(Source& source);
  void close(Source& source);

  EventLoop& loop_;
  logs::Writer* log_;
  AttachedClients& clients_;
  std::array<Source, 2> sources_;
};

}  // namespace tare::supervise
