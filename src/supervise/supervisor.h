// The program tare-supervisor: one container's life, from its start to its last exit.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "logs/writer.h"
#include "os/file.h"
#include "supervise/attached_clients.h"
#include "supervise/config.h"
#include "supervise/control.h"
#include "supervise/launch.h"
#include "supervise/output.h"
#include "supervise/probe.h"
#include "supervise/protocol.h"
#include "supervise/state.h"

namespace tare::supervise {

// What start() hands over.
struct Inherited {
  UniqueFd asker;                    // where the outcome of the first start is told
  std::optional<UniqueFd> attached;  // the first client
  std::optional<UniqueFd> network_namespace;
  std::optional<UniqueFd> user_namespace;
  std::vector<UniqueFd> reserved_ports;
};

class Supervisor {
 public:
  Supervisor(Config config, Inherited inherited, os::FileLock lock, EventLoop& loop);

  // Starts the container, and tells the asker how that went. False: it did not, and there is nothing to supervise.
  bool start();
  void run();  // until the container has exited for good and every client has its output

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> open();
  Result<void> start_run();
  void fail_start(const Error& error);
  void restart();
  void on_exit();
  void record_exit(const Ended& ended);
  void wait_and_restart(nanoseconds delay);
  void finish();
  void on_health();

  void handle(const Request& request, Connection& connection);
  void handle_attach(const Request& request, Connection& connection);
  Result<void> apply(const Request& request);
  Result<void> kill(int signal);
  Result<void> pause();
  Result<void> update();
  Result<void> set_restart_policy(const Request& request);
  Result<void> resume();
  void stop(int signal, int seconds);
  void terminate();
  void set_state(Status status);

  Config config_;
  Inherited inherited_;
  os::FileLock lock_;
  EventLoop& loop_;
  State state_;
  std::optional<logs::Writer> log_;
  LogAccess log_access_;
  std::unique_ptr<AttachedClients> clients_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<Control> control_;
  HealthMonitor health_;
  UniqueFd signals_;
  std::optional<Watch> signals_watch_;
  std::optional<Launched> launched_;
  std::optional<Watch> exit_watch_;
  Timer restart_timer_;
  Timer kill_timer_;
  Clock::time_point run_started_;
  nanoseconds restart_delay_{0};
  bool stopped_by_user_ = false;
};

// Replaces state.json by rename; on a full disk, writes over it.
Result<void> write_state(const std::string& data_directory, const State& state);

}  // namespace tare::supervise
