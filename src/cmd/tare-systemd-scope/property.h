// Properties of a unit from text into a D-Bus message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sd_bus_message;

namespace tare::cmd {

// Bit N of byte N/8 for every member of "0-2,7", as systemd takes sets of processors.
Result<std::vector<uint8_t>> parse_set(std::string_view list);
// Appends "NAME=VALUE" or "NAME:TYPE=VALUE" as (sv).
Result<void> append_property(sd_bus_message* message, const std::string& text);

}  // namespace tare::cmd
