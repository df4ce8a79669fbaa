#include <algorithm>

#include "api/docker/shapes.h"

namespace tare::api::docker {
namespace {

std::string since(const std::string& time, TimePoint now) {
  const auto then = parse_rfc3339(time);
  return then ? format_human_duration(now - *then) : "some time";
}

std::string up_text(const supervise::State& state, TimePoint now) {
  std::string text = "Up " + since(state.started_at, now);
  if (state.status == supervise::Status::kPaused)
    text += " (Paused)";
  else if (state.health == "starting")
    text += " (health: starting)";
  else if (!state.health.empty())
    text += formatted(" ({})", state.health);
  return text;
}

}  // namespace

std::string status_text(const supervise::State& state, TimePoint now) {
  switch (state.status) {
    case supervise::Status::kCreated:
      return "Created";
    case supervise::Status::kRunning:
    case supervise::Status::kPaused:
      return up_text(state, now);
    case supervise::Status::kRestarting:
      return formatted("Restarting ({}) {} ago", state.exit_code, since(state.finished_at, now));
    case supervise::Status::kExited:
      break;
  }
  return formatted("Exited ({}) {} ago", state.exit_code, since(state.finished_at, now));
}

std::string ports_text(const engine::ContainerSummary& container) {
  std::vector<std::string> texts;
  std::vector<std::string> published;
  for (const auto& endpoint : container.endpoints) {
    for (const auto& port : endpoint.ports) {
      texts.push_back(network::to_string(port));
      published.push_back(formatted("{}/{}", port.container_port, network::to_string(port.protocol)));
    }
  }
  for (const auto& exposed : container.exposed_ports) {
    const bool done = std::find(published.begin(), published.end(), exposed) != published.end();
    if (!done && container.running()) texts.push_back(exposed);
  }
  return join(texts, ", ");
}

}  // namespace tare::api::docker
