// Parts of HostConfig, for container_json.cc.
#pragma once

#include "codec/json.h"
#include "engine/container_options.h"

namespace tare::api::docker {

codec::Json resources_json(const engine::Resources& resources);
codec::Json devices_json(const engine::ContainerOptions& options);

}  // namespace tare::api::docker
