// The names of CDI: a kind is "vendor.com/class", a device has a name in it.
#pragma once

#include <string_view>

namespace tare::engine {

bool is_cdi_kind(std::string_view text);
bool is_cdi_device_name(std::string_view text);

}  // namespace tare::engine
