// How a container ends, is restarted and is watched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct LifeWords {
  std::string stop_timeout, restart = "no";
  std::string health_command, health_interval, health_timeout, health_retries, health_start_period;
  bool no_healthcheck = false;
};

void declare_life(Arguments& arguments, LifeWords& words, engine::ContainerOptions& options);
Result<void> read_life(const LifeWords& words, engine::ContainerOptions& options);
Result<supervise::RestartPolicy> parse_restart(const std::string& text);

}  // namespace tare::cmd
