#include "cmd/tare/life_options.h"

#include "cmd/tare/option_values.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;

Result<void> read_healthcheck(const LifeWords& words, ContainerOptions& options) {
  if (words.no_healthcheck) {
    options.healthcheck = oci::Healthcheck{.test = {"NONE"}};
    return {};
  }
  if (words.health_command.empty()) return {};
  oci::Healthcheck check{.test = {"CMD-SHELL", words.health_command}};
  check.interval = TRY(read_duration("--health-interval", words.health_interval));
  check.timeout = TRY(read_duration("--health-timeout", words.health_timeout));
  check.start_period = TRY(read_duration("--health-start-period", words.health_start_period));
  std::optional<int64_t> retries;
  TRY(read_number("--health-retries", words.health_retries, retries));
  check.retries = retries.value_or(0);
  options.healthcheck = check;
  return {};
}

}  // namespace

Result<supervise::RestartPolicy> parse_restart(const std::string& text) {
  const auto parts = cut(text, ':');
  const auto name = parts ? parts->first : std::string_view(text);
  supervise::RestartPolicy policy;
  if (name == "no" || name.empty())
    policy.when = supervise::Restart::kNo;
  else if (name == "always")
    policy.when = supervise::Restart::kAlways;
  else if (name == "unless-stopped")
    policy.when = supervise::Restart::kUnlessStopped;
  else if (name == "on-failure")
    policy.when = supervise::Restart::kOnFailure;
  else
    return bad_option("--restart", text, "expected no, always, unless-stopped or on-failure[:N]");
  if (!parts) return policy;
  const auto retries = parse_unsigned(parts->second);
  if (!retries || policy.when != supervise::Restart::kOnFailure || *retries > 1'000'000) {
    return bad_option("--restart", text, "only on-failure takes a number of retries");
  }
  policy.maximum_retries = static_cast<int>(*retries);
  return policy;
}

void declare_life(Arguments& arguments, LifeWords& words, ContainerOptions& options) {
  arguments.flag("--rm", options.auto_remove, "Remove the container when it has ended");
  arguments.flag("--init", options.init, "Run an init that passes signals on and reaps processes");
  arguments.text("--restart", words.restart, "no, always, unless-stopped, on-failure[:N]");
  arguments.text("--stop-signal", options.stop_signal, "Signal of `tare stop`");
  arguments.text("--stop-timeout", words.stop_timeout, "Seconds before `tare stop` kills");
  arguments.text("--health-cmd", words.health_command, "Command that tells whether the container is healthy");
  arguments.text("--health-interval", words.health_interval, "Time between checks");
  arguments.text("--health-timeout", words.health_timeout, "Time that a check may take");
  arguments.text("--health-retries", words.health_retries, "Failures in a row that make it unhealthy");
  arguments.text("--health-start-period", words.health_start_period, "Time in which failures do not count");
  arguments.flag("--no-healthcheck", words.no_healthcheck, "Ignore the image's health check");
}

Result<void> read_life(const LifeWords& words, ContainerOptions& options) {
  options.restart = TRY(parse_restart(words.restart));
  TRY(read_number("--stop-timeout", words.stop_timeout, options.stop_timeout));
  return read_healthcheck(words, options);
}

}  // namespace tare::cmd
