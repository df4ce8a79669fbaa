// systemd as who manages the containers' cgroups (--systemd-cgroup): each container's group is a transient scope, made,
// changed and stopped by tare-systemd-scope, which is the program that speaks D-Bus.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/process.h"

namespace tare::cmd {

// A unit, and whose systemd has it.
struct ScopeUnit {
  std::string name;   // empty: none
  bool user = false;  // the user's own systemd
};

// A scope that was just made. The helper sits in it until release(); without it, or when we are killed, the scope ends
// by itself.
class SystemdScope {
 public:
  // kUnsupported without cgroup v2 or without systemd. A limit of processes is not in force before release(): the
  // helper would count.
  static Result<SystemdScope> start(const oci::RuntimeSpec& spec, const std::string& id);

  SystemdScope(SystemdScope&&) = default;
  SystemdScope& operator=(SystemdScope&&) = delete;
  ~SystemdScope();

  const ScopeUnit& unit() const { return unit_; }
  const std::string& cgroup_path() const { return cgroup_path_; }
  // The container's process is in it now.
  Result<void> release(const oci::Resources& late);

 private:
  SystemdScope(ScopeUnit unit, std::string cgroup_path, UniqueFd socket, os::Child helper);

  ScopeUnit unit_;
  std::string cgroup_path_;
  UniqueFd socket_;
  os::Child helper_;
};

// The limits that SystemdScope::release() brings into force, taken out of `resources`.
oci::Resources take_late_limits(oci::Resources& resources);

Result<void> update_scope(const ScopeUnit& unit, const oci::Resources& changed);
// One that is gone is fine.
Result<void> stop_scope(const ScopeUnit& unit);

}  // namespace tare::cmd
