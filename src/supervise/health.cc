#include "supervise/health.h"

namespace tare::supervise {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

nanoseconds or_default(int64_t value, nanoseconds fallback) { return value > 0 ? nanoseconds(value) : fallback; }

}  // namespace

Health::Health(const oci::Healthcheck& check, TimePoint container_started)
    : start_period_(check.start_period),
      retries_(check.retries > 0 ? check.retries : 3),
      container_started_(container_started) {}

void Health::add(ProbeResult result) {
  if (result.exit_code == 0) {
    status_ = "healthy";
    failing_streak_ = 0;
  } else if (status_ != "starting" || result.started - container_started_ >= start_period_) {
    ++failing_streak_;
    if (failing_streak_ >= retries_) status_ = "unhealthy";
  }
  results_.push_back(std::move(result));
  if (results_.size() > kKeptProbeResults) results_.pop_front();
}

std::vector<std::string> plan_probe(const oci::Healthcheck& check) {
  if (check.test.size() < 2) return {};
  if (check.test[0] == "CMD") return {check.test.begin() + 1, check.test.end()};
  if (check.test[0] == "CMD-SHELL") return {"/bin/sh", "-c", check.test[1]};
  return {};
}

nanoseconds probe_interval(const oci::Healthcheck& check) { return or_default(check.interval, 30s); }
nanoseconds probe_timeout(const oci::Healthcheck& check) { return or_default(check.timeout, 30s); }

}  // namespace tare::supervise
