// The one place where errno becomes an Error. Call it right after the failed system call: nothing may run between.
#pragma once

#include <cerrno>
#include <string_view>

#include "base/error.h"

namespace tare::os {

inline Error last_error(std::string_view operation, std::string_view object, Origin origin = Origin::here()) {
  return Error::from_errno(errno, operation, object, origin);
}

// Repeats a system call while a signal interrupts it.
template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace tare::os
