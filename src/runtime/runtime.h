// The OCI runtime as a library: makes containers as `config.json` asks, in the caller's process.
//
//   caller                                      init (the container's first process, a child of the caller)
//   create ── clone ─────────────────────────▶  namespaces, mounts, pivot_root, devices, limits, user, seccomp
//          ◀── ready | error ──────────────────
//   start  ── go ────────────────────────────▶  exec
//          ◀── error | end of file (executed) ─
//
// The caller must have one thread while it calls create() and exec(): the child runs ordinary code (allocations too)
// between clone and exec. The caller is the parent of the processes made and has to reap them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"

namespace tare::runtime {

// The root as overlayfs layers, mounted inside the container's mount namespace: nothing is mounted on the host.
struct OverlayRoot {
  std::string lower_directory;           // the names below are relative to it, which keeps the options under a page
  std::vector<std::string> lower_names;  // topmost first
  std::string upper;                     // empty: read-only
  std::string work;
  bool volatile_upper = false;  // no syncs (overlayfs `volatile`): for --rm containers and builds
};

// What becomes 0, 1 and 2 of the process. Not used with a terminal.
struct StandardStreams {
  BorrowedFd input{0};
  BorrowedFd output{1};
  BorrowedFd error{2};
};

struct CreateOptions {
  const oci::RuntimeSpec& spec;
  std::string id;
  std::string bundle;  // directory that root.path is relative to; given to hooks
  // In place of root.path as it is, which then only says where the overlay is mounted (in the container's mount
  // namespace, so any existing directory will do); empty: on `upper`, or on the topmost layer when there is none.
  std::optional<OverlayRoot> overlay;
  StandardStreams streams;
  // Joined instead of what the specification says of the network namespace.
  std::optional<BorrowedFd> network_namespace;
  // Joined instead of the user namespace that the specification asks for; its mappings are those of the specification.
  // The overlay's layers, and binds with the option idmap, are then mounted with these ids: owners on the disk are as
  // the container sees them.
  std::optional<BorrowedFd> user_namespace;
  // Descriptors 3, 4, … of the container, in this order (runc's --preserve-fds). All others are closed.
  std::vector<BorrowedFd> passed;
  // A listening SOCK_SEQPACKET unix socket: init waits there for start_by_socket() of any process, in place of
  // start(). For `tare-oci create`, whose process ends before the start.
  std::optional<BorrowedFd> start_socket;
  // The container is killed when the caller's thread ends, however it ends.
  bool die_with_caller = false;
  // The group of linux.cgroupsPath is there already, kept by a process of its manager, who removes it too: only the
  // limits are written. Else the group is made.
  bool cgroup_is_managed = false;
  bool create_cgroup = true;  // false: the container stays in the caller's group
  bool new_keyring = true;
  bool pivot = true;          // false: the root is moved over "/" instead, for a host whose own root is a ramdisk
  std::string seccomp_cache;  // directory for compiled filters (made when absent); empty: compile every time
};

struct Container {
  std::string id;
  pid_t pid = -1;    // in the caller's pid namespace
  UniqueFd pidfd;    // readable when it has ended
  UniqueFd console;  // the terminal's master side when process.terminal; else invalid
  UniqueFd sync;     // the conversation with init until it executes; closed by start()
  os::Cgroup cgroup;
  std::vector<std::string> resctrl_groups;  // of its own, to be removed with it; empty without linux.intelRdt
};

// Everything up to the exec. A failure leaves nothing behind (no process, no cgroup).
Result<Container> create(const CreateOptions& options);

// Lets init execute the user's command and returns when it has. When it cannot be executed: kNoExecutable (exit code
// 127) or kNotExecutable (126) with the real cause; init has ended then, and the caller reaps it and calls remove().
Result<void> start(Container& container);
Result<void> start_by_socket(const std::string& socket_path);

// Kills what is left in the container's cgroup and removes the cgroup, and its groups of resctrl. The caller has reaped
// the first process.
Result<void> remove(const Container& container);

// Removes empty groups PARENT/PREFIX<pid> whose process is gone: what a program that names its containers so and was
// killed has left. The number keeps it off a group that was made just now and is empty still.
void sweep_groups_of_dead(const std::string& parent, const std::string& prefix);

// Sets limits of a running container. What `resources` does not name stays. One that this host cannot enforce is an
// error that names it; those before it are in force then.
Result<void> update(const os::Cgroup& cgroup, const oci::Resources& resources);

// Writes what `changed` says of caches and memory bandwidth, and leaves the rest. The container has a group already.
Result<void> update_resctrl(const oci::RuntimeSpec& spec, const std::string& id, const oci::IntelRdt& changed);

// Whether a terminal turns the line ends that a program writes into "\r\n". runc's own terminals do not.
enum class LineEnds { kTranslated, kAsWritten };

struct ExecOptions {
  const oci::RuntimeSpec& spec;  // the container's: namespaces, seccomp
  pid_t container_pid = -1;      // its first process
  os::Cgroup cgroup;             // empty: the process stays in the caller's group
  std::string id;                // of the container, and its bundle: for a seccomp agent
  std::string bundle;
  oci::Process process;
  StandardStreams streams;
  std::vector<BorrowedFd> passed;
  LineEnds line_ends = LineEnds::kTranslated;
  bool die_with_caller = false;
  bool new_keyring = true;
  std::string seccomp_cache;
};

struct ExecutedProcess {
  pid_t pid = -1;  // a child of the caller
  UniqueFd pidfd;
  UniqueFd console;  // the terminal's master side when process.terminal
  UniqueFd log;      // what another runtime's program logs meanwhile (supervise/runtime_program.h), else invalid
};

// Runs one more process in a running container; returns when it has been executed, or why it could not be (kinds as
// start(); the child is reaped then).
Result<ExecutedProcess> exec(const ExecOptions& options);

enum class HookPoint { kPoststart, kPoststop };
// create() runs the earlier hooks by itself. `status`: "running" or "stopped", for the state on the hook's stdin.
Result<void> run_hooks(HookPoint point, const oci::RuntimeSpec& spec, const std::string& id, const std::string& bundle,
                       pid_t pid);

// Checks a specification without doing anything: what create() would refuse on this host, by name.
Result<void> check(const oci::RuntimeSpec& spec);

}  // namespace tare::runtime
