// What probes of a container's health mean: Docker's rules, without any process.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "oci/image_config.h"

namespace tare::supervise {

struct ProbeResult {
  TimePoint started;
  TimePoint ended;
  int exit_code = 0;   // -1: it was killed for taking too long, or could not be executed
  std::string output;  // the first 4 KiB
};
constexpr size_t kLongestProbeOutput = 4096;
constexpr size_t kKeptProbeResults = 5;

// The last results of one run of the container.
class Health {
 public:
  // Zero durations and retries become Docker's defaults: 30 s, 30 s, 3.
  Health(const oci::Healthcheck& check, TimePoint container_started);

  void add(ProbeResult result);
  std::string_view status() const { return status_; }  // "starting", "healthy", "unhealthy"
  // DATA/containers/ID/health.json: Docker's State.Health.
  std::string to_json() const;

 private:
  std::chrono::nanoseconds start_period_;
  int64_t retries_;
  TimePoint container_started_;
  std::string_view status_ = "starting";
  int64_t failing_streak_ = 0;
  std::deque<ProbeResult> results_;
};

// The program that a check runs: empty for none ({"NONE"}, or no test).
std::vector<std::string> plan_probe(const oci::Healthcheck& check);
std::chrono::nanoseconds probe_interval(const oci::Healthcheck& check);
std::chrono::nanoseconds probe_timeout(const oci::Healthcheck& check);

}  // namespace tare::supervise
