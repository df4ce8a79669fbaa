// What the engine knows, in the shapes of Docker's API: JSON texts with Docker's field names, for `inspect`, for
// `--format`, and for whoever parses them. Translation only.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace tare::api::docker {

// ContainerInspect. `size`: with SizeRw, which walks the writable layer.
Result<std::string> container_json(engine::Engine& engine, const engine::Container& container);
// ImageInspect; `references` are all names of the image.
Result<std::string> image_json(const engine::Engine& engine, const store::Image& image,
                               const std::vector<store::ImageRecord>& all);
Result<std::string> network_json(engine::Engine& engine, const engine::NetworkRecord& network);
std::string volume_json(const engine::VolumeRecord& volume);
// ImageHistory, newest first.
std::string history_json(const store::Image& image);

// "Up 5 seconds (healthy)", "Exited (0) 2 minutes ago", "Created", as `ps` says it.
std::string status_text(const supervise::State& state, TimePoint now);
// "0.0.0.0:8080->80/tcp, 443/tcp".
std::string ports_text(const engine::ContainerSummary& container);

}  // namespace tare::api::docker
