#include "systemd_scope.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "os/cgroup.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/paths.h"
#include "runtime/plan/scope_annotations.h"
#include "runtime/plan/scope_properties.h"

namespace tare::cmd {
namespace {

struct Conversation {
  UniqueFd socket;
  os::Child helper;
};

Result<Conversation> run_helper(bool user, std::vector<std::string> words) {
  auto ends = TRY(os::packet_socket_pair());
  const std::string program = TRY(os::find_own_program("tare-systemd-scope"));
  words.insert(words.begin(), {"tare-systemd-scope", user ? "user" : "system"});
  os::SpawnOptions options;
  options.arguments = std::move(words);
  options.program = program;
  options.descriptors = {{BorrowedFd(ends.second), STDIN_FILENO}};
  os::Child helper = TRY(os::spawn(options));
  return Conversation{std::move(ends.first), std::move(helper)};
}

Result<std::string> read_answer(BorrowedFd socket) {
  const auto message = TRY(os::receive_message(socket));
  const auto text = std::string_view(message.bytes).substr(message.bytes.empty() ? 0 : 1);
  if (message.bytes.starts_with('E')) return decode_error(text);
  if (message.bytes.starts_with('G')) return std::string(text);
  return Failure(ErrorKind::kInternal, "tare-systemd-scope ended without an answer");
}

Result<void> ask(const ScopeUnit& unit, std::vector<std::string> words) {
  const auto conversation = TRY(run_helper(unit.user, std::move(words)));
  auto answer = read_answer(conversation.socket);
  TRY(os::wait(conversation.helper));
  if (!answer.ok()) return std::move(answer).error();
  return {};
}

Result<void> check_host() {
  const auto layout = TRY(os::read_cgroup_layout());
  if (layout.version != os::CgroupVersion::kV2) {
    return Failure(ErrorKind::kUnsupported, "--systemd-cgroup needs cgroup v2, and this host uses cgroup v1")
        .with_hint("configure the engine to use the cgroupfs driver");
  }
  // sd_booted(3): the directory is what tells.
  if (os::exists("/run/systemd/system")) return {};
  return Failure(ErrorKind::kUnsupported, "--systemd-cgroup: systemd does not run on this host")
      .with_hint("configure the engine to use the cgroupfs driver");
}

}  // namespace

Result<SystemdScope> SystemdScope::start(const oci::RuntimeSpec& spec, const std::string& id) {
  TRY(check_host());
  const bool user = ::geteuid() != 0 || os::in_user_namespace();
  const auto name =
      TRY(runtime::parse_scope_name(spec.linux_section.cgroups_path, id, user ? "user.slice" : "system.slice"));
  std::vector<std::string> words = {"start", name.unit, name.slice, formatted("tare container {}", id)};
  oci::Resources early = spec.linux_section.resources;
  (void)take_late_limits(early);
  for (auto& property : runtime::plan_scope_properties(early)) words.push_back(std::move(property));
  // Last, so that they hold: systemd takes the last value of a property.
  for (auto& property : TRY(runtime::plan_scope_annotations(spec.annotations))) words.push_back(std::move(property));
  auto conversation = TRY(run_helper(user, std::move(words)));
  auto group = read_answer(conversation.socket);
  SystemdScope scope({name.unit, user}, group.ok() ? *group : "", std::move(conversation.socket),
                     std::move(conversation.helper));
  if (!group.ok()) return std::move(group).error().context("--systemd-cgroup");
  return scope;
}

SystemdScope::SystemdScope(ScopeUnit unit, std::string cgroup_path, UniqueFd socket, os::Child helper)
    : unit_(std::move(unit)),
      cgroup_path_(std::move(cgroup_path)),
      socket_(std::move(socket)),
      helper_(std::move(helper)) {}

SystemdScope::~SystemdScope() {
  socket_.reset();
  if (helper_.pidfd.valid()) (void)os::wait(helper_).ok();
}

Result<void> SystemdScope::release(const oci::Resources& late) {
  Result<void> told;
  if (const auto properties = runtime::plan_scope_properties(late); !properties.empty()) {
    TRY(os::send_message(socket_, join(properties, "\n")));
    auto answer = read_answer(socket_);
    if (!answer.ok()) told = std::move(answer).error();
  }
  socket_.reset();
  const os::Child helper = std::move(helper_);
  TRY(os::wait(helper));
  return told;
}

oci::Resources take_late_limits(oci::Resources& resources) {
  oci::Resources late;
  late.pids_limit = std::exchange(resources.pids_limit, std::nullopt);
  late.unified.insert(resources.unified.extract("pids.max"));
  return late;
}

Result<void> update_scope(const ScopeUnit& unit, const oci::Resources& changed) {
  std::vector<std::string> words = {"set", unit.name};
  for (auto& property : runtime::plan_scope_properties(changed)) words.push_back(std::move(property));
  if (words.size() == 2) return {};
  return ask(unit, std::move(words));
}

Result<void> stop_scope(const ScopeUnit& unit) { return ask(unit, {"stop", unit.name}); }

}  // namespace tare::cmd
