#include "runtime/init/descriptors.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"

namespace tare::runtime {
namespace {

Result<void> close_between(unsigned first, unsigned last) {
  if (first > last) return {};
  if (syscall(SYS_close_range, first, last, 0) != 0) return os::last_error("close", "descriptors");
  return {};
}

}  // namespace

Result<UniqueFd> move_above(UniqueFd fd, size_t passed_count) {
  constexpr int kStreams = 3;
  const int above = kStreams + 2 * static_cast<int>(passed_count) + 16;
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, above));
  if (!moved.valid()) return os::last_error("duplicate", "descriptor");
  return moved;
}

Result<void> place_descriptors(const std::vector<BorrowedFd>& sources, std::vector<BorrowedFd> kept) {
  // First all out of the way: a target number may be the source of another.
  std::vector<int> moved;
  for (const auto& source : sources) {
    moved.push_back(::fcntl(source.get(), F_DUPFD_CLOEXEC, static_cast<int>(sources.size())));
    if (moved.back() < 0) return os::last_error("duplicate", "descriptor");
  }
  for (size_t index = 0; index < moved.size(); ++index) {
    if (::dup2(moved[index], static_cast<int>(index)) < 0) return os::last_error("place", "descriptor");
  }
  std::sort(kept.begin(), kept.end(), [](const auto& left, const auto& right) { return left.get() < right.get(); });
  auto first = static_cast<unsigned>(sources.size());
  for (const auto& fd : kept) {
    const auto number = static_cast<unsigned>(fd.get());
    if (number > first) TRY(close_between(first, number - 1));
    first = number + 1;
  }
  return close_between(first, ~0U);
}

}  // namespace tare::runtime
