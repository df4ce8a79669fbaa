// `update`: what may change of a container that exists. Pure; Engine::update_container applies it.
#pragma once

#include <optional>

#include "base/result.h"
#include "engine/container.h"

namespace tare::engine {

// DATA/containers/ID/update.json: the current values of what can be changed, replaced by rename. Absent: nothing ever
// was, and the record says all.
struct UpdatedOptions {
  Resources resources;
  supervise::RestartPolicy restart;

  static Result<UpdatedOptions> parse(std::string_view json);
  std::string to_json() const;
};

// What the user asks for; what is absent stays as it is.
struct ContainerUpdate {
  Resources resources;
  std::optional<supervise::RestartPolicy> restart;
};

// The options after the update, or why it contradicts them, as Docker's daemon says it.
Result<UpdatedOptions> merge_update(const ContainerOptions& options, const ContainerUpdate& update);
// The part of `merged` that the kernel is to be told: what the update names, and of values that are set together
// (memory and swap, quota and period) both.
Resources changed_limits(const Resources& update, const Resources& merged);
bool is_empty(const Resources& update);

}  // namespace tare::engine
