#include "runtime/apply/resctrl.h"

#include "base/scope_guard.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

// An errno says little here; the kernel has words for its last refusal.
Error explain(Error error, const ResctrlPlan& plan) {
  const auto status = os::read_file(plan.mount + "/info/last_cmd_status");
  const auto words = status.ok() ? trim(*status) : std::string_view();
  if (words.empty() || words == "ok") return std::move(error).context("linux.intelRdt");
  return std::move(error).context("linux.intelRdt").with_hint(formatted("the kernel says: {}", words));
}

// Whether it was us who made it.
Result<bool> make_group(const std::string& path, const ResctrlPlan& plan) {
  auto made = os::make_directory(path);
  if (made.ok()) return true;
  if (made.error().kind() == ErrorKind::kAlreadyExists) return false;
  return explain(std::move(made).error(), plan);
}

// The specification: a group that somebody has prepared is used as it is, or not at all.
Result<void> check_prepared(const ResctrlPlan& plan) {
  if (!os::exists(plan.group)) {
    return Failure(ErrorKind::kNotFound, "linux.intelRdt.closID: there is no group {}", plan.group)
        .with_hint("make it, or say in config.json (l3CacheSchema, memBwSchema, schemata) what it may use");
  }
  if (plan.schemata.empty()) return {};
  const auto present = TRY(os::read_file(plan.group + "/schemata").context("linux.intelRdt"));
  const auto mismatch = find_mismatch(plan.schemata, present);
  if (!mismatch) return {};
  return Failure(ErrorKind::kConflict, "linux.intelRdt.closID: the group {} is set otherwise: {}", plan.group,
                 *mismatch);
}

}  // namespace

Result<std::vector<std::string>> make_resctrl_groups(const ResctrlPlan& plan) {
  std::vector<std::string> to_remove;
  bool made = false;
  if (plan.is_named && (plan.schemata.empty() || os::exists(plan.group))) {
    TRY(check_prepared(plan));
  } else {
    made = TRY(make_group(plan.group, plan));
    if (made && !plan.is_named) to_remove.push_back(plan.group);
  }
  if (plan.monitor.empty()) return to_remove;
  ScopeGuard undo([&] {
    if (made) (void)os::remove_directory(plan.group).ok();
  });
  TRY(make_group(plan.monitor, plan));
  undo.keep();
  // The kernel removes it with the group that it is in.
  if (to_remove.empty()) to_remove.push_back(plan.monitor);
  return to_remove;
}

Result<void> write_resctrl_limits(const ResctrlPlan& plan) {
  if (plan.schemata.empty()) return {};
  // At once: the kernel takes all the lines of one write or complains of one.
  auto written = os::write_file(plan.group + "/schemata", join(plan.schemata, "\n") + "\n");
  if (!written.ok()) return explain(std::move(written).error(), plan);
  return {};
}

Result<void> enter_resctrl_groups(const ResctrlPlan& plan, pid_t pid) {
  for (const auto& group : {plan.group, plan.monitor}) {
    if (group.empty()) continue;
    auto entered = os::write_file(group + "/tasks", std::to_string(pid));
    if (!entered.ok()) return explain(std::move(entered).error(), plan);
  }
  return {};
}

Result<std::optional<ResctrlPlan>> find_resctrl_groups(const oci::RuntimeSpec& spec, const std::string& id) {
  if (!spec.linux_section.intel_rdt) return std::optional<ResctrlPlan>();
  HostFacts facts;
  read_resctrl_facts(facts);
  if (facts.resctrl.empty()) return std::optional<ResctrlPlan>();
  return plan_resctrl(spec.linux_section, facts, id);
}

Result<void> remove_resctrl_groups(const std::vector<std::string>& groups) {
  for (const auto& group : groups) {
    auto removed = os::remove_directory(group);
    if (!removed.ok() && removed.error().kind() != ErrorKind::kNotFound) return removed;
  }
  return {};
}

}  // namespace tare::runtime
