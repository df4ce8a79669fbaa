// Points at which a test lets the process die as if by kill -9 (unset in production: one pointer is looked at).
#pragma once

#include <functional>
#include <string_view>

namespace tare::store {

inline std::function<void(std::string_view)>* failpoint_handler = nullptr;

inline void failpoint(std::string_view name) {
  if (failpoint_handler != nullptr) (*failpoint_handler)(name);
}

}  // namespace tare::store
