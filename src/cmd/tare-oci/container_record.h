// A container as this program remembers it between two commands: ROOT/ID/state.json, and beside it config.json as it
// was at the creation and start.sock, where init waits to be started.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "systemd_scope.h"

namespace tare::cmd {

struct ContainerRecord {
  std::string id;
  std::string bundle;
  pid_t pid = 0;
  uint64_t pid_started = 0;  // the process's start time in clock ticks: tells a recycled pid
  std::string cgroup_path;   // empty: none
  std::string created;       // RFC 3339
  uid_t owner = 0;
  ScopeUnit scope;                          // when systemd manages the cgroup
  std::vector<std::string> resctrl_groups;  // of the container's own

  static Result<ContainerRecord> parse(std::string_view json);
  std::string to_json() const;
};

enum class Status { kCreated, kRunning, kPaused, kStopped };
std::string_view to_string(Status status);

// All containers below one --root.
class Records {
 public:
  explicit Records(std::string root) : root_(std::move(root)) {}

  static Result<void> check_id(const std::string& id);
  // Makes the directory of a new container; kAlreadyExists when the id is taken.
  Result<void> reserve(const std::string& id) const;
  Result<void> save(const ContainerRecord& record, const oci::RuntimeSpec& spec) const;
  Result<ContainerRecord> load(const std::string& id) const;  // kNotFound: "container does not exist"
  Result<oci::RuntimeSpec> load_spec(const std::string& id) const;
  // Those that can be read; of the others the reason is told on standard error. An absent root has none.
  Result<std::vector<ContainerRecord>> load_all() const;
  Result<void> remove(const std::string& id) const;
  std::string directory(const std::string& id) const { return root_ + "/" + id; }
  std::string start_socket(const std::string& id) const { return directory(id) + "/start.sock"; }
  std::string seccomp_cache() const { return root_ + "/" + kSeccompCache; }
  Status status(const ContainerRecord& record) const;

 private:
  static constexpr const char* kSeccompCache = ".seccomp";

  std::string root_;
};

// Whether the first process still runs; one that was dead when it was recorded does not either.
bool is_alive(const ContainerRecord& record);
// 0 when there is no such process, or it is a zombie.
uint64_t process_start_time(pid_t pid);
Result<os::Cgroup> cgroup_of(const ContainerRecord& record);
// The user's name, or "#1000" when /etc/passwd has none.
std::string owner_name(uid_t owner);
// The state as the specification has it, for `state`; `rootfs` and `created` as runc adds them.
std::string state_text(const ContainerRecord& record, Status status, const oci::RuntimeSpec& spec);
std::string list_text(const std::vector<ContainerRecord>& records, const Records& all);

}  // namespace tare::cmd
