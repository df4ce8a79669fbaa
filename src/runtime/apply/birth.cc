#include "runtime/apply/birth.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/namespace.h"
#include "os/user_namespace.h"

namespace tare::runtime {
namespace {

constexpr char kFailed = 'E';
constexpr char kBorn = 'B';  // followed by the pid in decimal, with the pidfd

Result<void> join(const Birth::Join& join) {
  TRY(os::join_namespace(join.fd, join.kinds).context(join.name));
  if ((join.kinds & CLONE_NEWUSER) != 0) os::become_root_of_joined_namespace();
  return {};
}

// Some can be joined only while we are who we were, as they are not of the container's user namespace; and others only
// in there, when we are an ordinary user.
Result<void> join_all(const std::vector<Birth::Join>& joins) {
  const auto user =
      std::find_if(joins.begin(), joins.end(), [](const auto& one) { return one.kinds == CLONE_NEWUSER; });
  std::vector<const Birth::Join*> refused;
  for (const auto& one : joins) {
    if (user != joins.end() && &one == &*user) continue;
    auto joined = join(one);
    if (joined.ok()) continue;
    if (user == joins.end() || joined.error().errno_value() != EPERM) return joined;
    refused.push_back(&one);
  }
  if (user != joins.end()) TRY(join(*user));
  for (const auto* one : refused) TRY(join(*one));
  return {};
}

Result<os::Clone> join_and_clone(const Birth& birth, const std::function<void()>& run) {
  // From here on processes of the container may see us; they must not trace us or read our descriptors.
  ::prctl(PR_SET_DUMPABLE, 0);
  TRY(join_all(birth.joins));
  os::Clone clone = TRY(os::clone_process({birth.namespaces, {}, os::Parentage::kSibling}));
  if (clone.pid == 0) run();
  return clone;
}

[[noreturn]] void run_between(const Birth& birth, const std::function<void()>& run, BorrowedFd report) {
  const auto clone = join_and_clone(birth, run);
  if (clone.ok()) {
    (void)os::send_message(report, formatted("{}{}", kBorn, clone->pid), BorrowedFd(clone->pidfd)).ok();
  } else {
    (void)os::send_message(report, kFailed + encode_error(clone.error())).ok();
  }
  ::_exit(0);
}

Result<os::Clone> read_report(os::Message report) {
  if (report.bytes.starts_with(kFailed)) return decode_error(std::string_view(report.bytes).substr(1));
  const auto pid = parse_signed(report.bytes.empty() ? "" : std::string_view(report.bytes).substr(1));
  if (!pid || !report.descriptor.valid()) {
    return Failure(ErrorKind::kInternal, "the process that joins the namespaces ended without a word");
  }
  return os::Clone{static_cast<pid_t>(*pid), std::move(report.descriptor)};
}

Result<os::Clone> give_birth_through_another(const Birth& birth, const std::function<void()>& run) {
  auto ends = TRY(os::packet_socket_pair());
  const os::Clone between = TRY(os::clone_process({0, birth.cgroup}));
  if (between.pid == 0) {
    ends.first.reset();
    run_between(birth, run, ends.second);
  }
  ends.second.reset();
  auto report = os::receive_message(ends.first);
  os::retry_interrupted([&] { return ::waitpid(between.pid, nullptr, 0); });
  if (!report.ok()) return std::move(report).error();
  return read_report(std::move(report).value());
}

}  // namespace

Result<os::Clone> give_birth(const Birth& birth, const std::function<void()>& run) {
  if (!birth.joins.empty()) return give_birth_through_another(birth, run);
  os::Clone clone = TRY(os::clone_process({birth.namespaces, birth.cgroup}));
  if (clone.pid == 0) run();
  return clone;
}

}  // namespace tare::runtime
