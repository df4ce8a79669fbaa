#include "os/oom_watch.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {

Result<OomWatch> OomWatch::open(const Cgroup& cgroup) {
  const auto directory = cgroup.directory("memory");
  if (!directory) {
    return Failure(ErrorKind::kUnsupported, "this host has no memory controller that could tell of lack of memory");
  }
  const CgroupVersion version = cgroup.layout().find("memory")->version;
  OomWatch watch(version, *directory);
  return version == CgroupVersion::kV1 ? open_v1(std::move(watch)) : open_v2(std::move(watch));
}

Result<OomWatch> OomWatch::open_v1(OomWatch watch) {
  const UniqueFd control = TRY(os::open(watch.directory_ + "/memory.oom_control", O_RDONLY));
  watch.fd_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch.fd_.valid()) return last_error("make", "eventfd");
  TRY(write_file(watch.directory_ + "/cgroup.event_control", formatted("{} {}", watch.fd_.get(), control.get())));
  return watch;
}

Result<OomWatch> OomWatch::open_v2(OomWatch watch) {
  watch.fd_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch.fd_.valid()) return last_error("make", "inotify");
  for (const char* file : {"/memory.events", "/cgroup.events"}) {
    const std::string path = watch.directory_ + file;
    if (::inotify_add_watch(watch.fd_.get(), path.c_str(), IN_MODIFY) < 0) return last_error("watch", path);
  }
  watch.kills_ = watch.kills();
  return watch;
}

OomWatch::News OomWatch::read() {
  if (version_ == CgroupVersion::kV2) return read_v2();
  uint64_t count = 0;
  if (::read(fd_.get(), &count, sizeof count) != sizeof count) return News::kNothing;
  // The kernel also signals when the group is removed.
  return exists(directory_ + "/cgroup.event_control") ? News::kOom : News::kGone;
}

OomWatch::News OomWatch::read_v2() {
  char events[4096];
  while (::read(fd_.get(), events, sizeof events) > 0) {
  }
  const auto populated = read_file(directory_ + "/cgroup.events");
  const uint64_t before = kills_;
  kills_ = std::max(kills_, kills());
  if (kills_ > before) return News::kOom;
  return populated.ok() && populated->find("populated 0") == std::string::npos ? News::kNothing : News::kGone;
}

uint64_t OomWatch::kills() const {
  const auto text = read_file(directory_ + "/memory.events");
  for (const auto& line : split(text.ok() ? std::string_view(*text) : "", '\n')) {
    const auto pair = cut(line, ' ');
    if (pair && pair->first == "oom_kill") return parse_unsigned(pair->second).value_or(0);
  }
  return 0;
}

}  // namespace tare::os
