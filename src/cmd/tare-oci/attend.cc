#include "attend.h"

#include <sys/prctl.h>

#include "base/log.h"
#include "foreground.h"

namespace tare::cmd {

void discard_quietly(const std::string& id, const Records& records) {
  const auto record = records.load(id);
  const auto discarded = record.ok() ? discard(*record, records) : records.remove(id);
  if (!discarded.ok()) log_warning(discarded.error().text());
}

void adopt_orphans(const Launch& launch, const Invocation& invocation) {
  if (launch.attachment == Attachment::kDetached || invocation.flags.has("no-subreaper")) return;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Result<int> attend(const Launch& launch, const runtime::Container& container, const Invocation& invocation) {
  if (launch.attachment == Attachment::kDetached) return 0;
  auto code = stay_in_foreground(container.pid, container.pidfd, container.console);
  if (!invocation.flags.has("keep")) discard_quietly(launch.id, invocation.records);
  return code;
}

}  // namespace tare::cmd
