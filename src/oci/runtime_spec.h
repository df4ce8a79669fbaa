// The OCI runtime specification's config.json (version 1) as C++ values. Field names are those of the specification in
// snake_case; what it marks optional is std::optional, an empty string or an empty vector. Values are kept as they are
// written: whether they make sense on this host is for runtime::plan to say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::oci {

struct ConsoleSize {
  unsigned height = 0;
  unsigned width = 0;
};

struct User {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::optional<uint32_t> umask;
  std::vector<uint32_t> additional_gids;
};

// "CAP_NET_RAW", …
struct Capabilities {
  std::vector<std::string> bounding;
  std::vector<std::string> effective;
  std::vector<std::string> inheritable;
  std::vector<std::string> permitted;
  std::vector<std::string> ambient;
};

struct Rlimit {
  std::string type;  // "RLIMIT_NOFILE"
  uint64_t soft = 0;
  uint64_t hard = 0;
};

struct Scheduler {
  std::string policy;  // "SCHED_OTHER"
  int32_t nice = 0;
  int32_t priority = 0;            // of SCHED_FIFO and SCHED_RR
  std::vector<std::string> flags;  // "SCHED_FLAG_RESET_ON_FORK"
  uint64_t runtime = 0;            // nanoseconds, of SCHED_DEADLINE
  uint64_t deadline = 0;
  uint64_t period = 0;
};

struct IoPriority {
  std::string io_class;  // "IOPRIO_CLASS_BE"
  int priority = 0;      // 0 (highest) to 7
};

// Of processes that exec starts: lists such as "0-3,7"; empty: as they are.
struct CpuAffinity {
  std::string initial_cpus;  // before the process is in the container's cgroup
  std::string final_cpus;    // after it
};

struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  User user;
  std::vector<std::string> args;
  std::vector<std::string> env;  // "NAME=value"
  std::string cwd = "/";
  std::optional<Capabilities> capabilities;  // nothing: none at all
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  std::string apparmor_profile;
  std::string selinux_label;
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  std::optional<CpuAffinity> exec_cpu_affinity;
  // What the file has and other systems than Linux mean ("process.commandLine").
  std::vector<std::string> unsupported;

  static Result<Process> parse(std::string_view json);  // the file of `exec --process`
  std::string to_json() const;
};

struct Root {
  std::string path;  // relative to the bundle, or absolute
  bool readonly = false;
};

struct IdMapping {
  uint32_t container_id = 0;
  uint32_t host_id = 0;
  uint32_t size = 0;
  bool operator==(const IdMapping&) const = default;
};

struct Mount {
  std::string destination;
  std::string type;  // empty or "none": a bind mount when the options say so
  std::string source;
  std::vector<std::string> options;
  // Ids of the source's files (container_id) and what they are in the container (host_id); for "idmap" and "ridmap".
  std::vector<IdMapping> uid_mappings{};
  std::vector<IdMapping> gid_mappings{};
};

struct Hook {
  std::string path;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::optional<int> timeout;  // seconds
};

struct Hooks {
  std::vector<Hook> prestart;
  std::vector<Hook> create_runtime;
  std::vector<Hook> create_container;
  std::vector<Hook> start_container;
  std::vector<Hook> poststart;
  std::vector<Hook> poststop;
};

enum class NamespaceType { kPid, kNetwork, kMount, kIpc, kUts, kUser, kCgroup, kTime };

struct Namespace {
  NamespaceType type = NamespaceType::kPid;
  std::string path;  // empty: a new one
};

struct Device {
  std::string type;  // "c", "b", "u", "p"
  std::string path;
  int64_t major = 0;
  int64_t minor = 0;
  std::optional<uint32_t> file_mode;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
};

struct DeviceRule {
  bool allow = false;
  std::string type;              // "a" or empty: both; "c", "b"
  std::optional<int64_t> major;  // nothing or -1: all
  std::optional<int64_t> minor;
  std::string access;  // of "rwm"; empty: all
};

struct MemoryLimits {  // bytes; -1: unlimited
  std::optional<int64_t> limit;
  std::optional<int64_t> reservation;
  std::optional<int64_t> swap;  // memory and swap together
  std::optional<int64_t> kernel;
  std::optional<int64_t> kernel_tcp;
  std::optional<uint64_t> swappiness;
  std::optional<bool> disable_oom_killer;
  std::optional<bool> use_hierarchy;
  bool check_before_update = false;
};

struct CpuLimits {
  std::optional<uint64_t> shares;
  std::optional<int64_t> quota;  // microseconds per period; -1: unlimited
  std::optional<uint64_t> burst;
  std::optional<uint64_t> period;
  std::optional<int64_t> realtime_runtime;
  std::optional<uint64_t> realtime_period;
  std::string cpus;  // "0-2,7"
  std::string mems;
  std::optional<int64_t> idle;
};

struct WeightDevice {
  int64_t major = 0;
  int64_t minor = 0;
  std::optional<uint16_t> weight;
  std::optional<uint16_t> leaf_weight;
};

struct ThrottleDevice {
  int64_t major = 0;
  int64_t minor = 0;
  uint64_t rate = 0;
};

struct BlockIoLimits {
  std::optional<uint16_t> weight;
  std::optional<uint16_t> leaf_weight;
  std::vector<WeightDevice> weight_device;
  std::vector<ThrottleDevice> read_bps;
  std::vector<ThrottleDevice> write_bps;
  std::vector<ThrottleDevice> read_iops;
  std::vector<ThrottleDevice> write_iops;
};

struct HugepageLimit {
  std::string page_size;  // "2MB"
  uint64_t limit = 0;
};

struct NetworkPriority {
  std::string name;  // of an interface
  uint32_t priority = 0;
};

struct NetworkClass {
  std::optional<uint32_t> class_id;
  std::vector<NetworkPriority> priorities;
};

struct RdmaLimit {
  std::optional<uint32_t> hca_handles;
  std::optional<uint32_t> hca_objects;
};

struct Resources {
  std::vector<DeviceRule> devices;
  MemoryLimits memory;
  CpuLimits cpu;
  std::optional<int64_t> pids_limit;  // -1 (and 0, as runc has it): unlimited
  BlockIoLimits block_io;
  std::vector<HugepageLimit> hugepage_limits;
  NetworkClass network;
  std::map<std::string, RdmaLimit> rdma;       // by device
  std::map<std::string, std::string> unified;  // cgroup v2 file name → content

  static Result<Resources> parse(std::string_view json);  // "linux.resources" alone, as `update --resources` takes it
  std::string to_json() const;
};

struct SeccompArgument {
  unsigned index = 0;
  uint64_t value = 0;
  uint64_t value_two = 0;
  std::string op;  // "SCMP_CMP_EQ"
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // "SCMP_ACT_ALLOW"
  std::optional<unsigned> errno_ret;
  std::vector<SeccompArgument> args;
};

inline constexpr std::string_view kBuiltInProfile = "TARE_BUILT_IN";

struct Seccomp {
  // An extension: the runtime's own profile for a process that may hold these capabilities, in place of all the other
  // fields. In JSON it has a defaultAction that no other runtime knows, so that none starts without a filter.
  std::optional<std::vector<std::string>> built_in;
  std::string default_action;
  std::optional<unsigned> default_errno_ret;
  std::vector<std::string> architectures;  // "SCMP_ARCH_X86_64"; empty: the native one
  std::vector<std::string> flags;
  std::string listener_path;
  std::string listener_metadata;
  std::vector<SeccompRule> syscalls;
};

struct IntelRdt {
  std::string clos_id;  // empty: the container's id
  std::string l3_cache_schema;
  std::string mem_bw_schema;
  std::vector<std::string> schemata;
  bool enable_monitoring = false;
};

struct Personality {
  std::string domain;  // "LINUX", "LINUX32"
  std::vector<std::string> flags;
};

struct TimeOffset {
  int64_t secs = 0;
  uint32_t nanosecs = 0;
};

struct NetDevice {
  std::string name;  // in the container; empty: as on the host
};

struct MemoryPolicy {
  std::string mode;   // "MPOL_INTERLEAVE"
  std::string nodes;  // "0-3,7"
  std::vector<std::string> flags;
};

// "linux" in the file (a macro of the compiler's, so not a name here).
struct LinuxSection {
  std::vector<Namespace> namespaces;
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::vector<Device> devices;
  std::string cgroups_path;
  Resources resources;
  std::optional<Seccomp> seccomp;
  std::string rootfs_propagation;  // "private", "shared", "slave", "unbindable"
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::map<std::string, std::string> sysctl;
  std::string mount_label;
  std::optional<IntelRdt> intel_rdt;
  std::optional<Personality> personality;
  std::map<std::string, TimeOffset> time_offsets;  // by clock: "monotonic", "boottime"
  std::map<std::string, NetDevice> net_devices;    // by name on the host
  std::optional<MemoryPolicy> memory_policy;
};

struct RuntimeSpec {
  std::string oci_version = "1.0.2";  // the oldest that has all we write: other runtimes refuse newer ones than theirs
  std::optional<Process> process;
  std::optional<Root> root;
  std::string hostname;
  std::string domainname;
  std::vector<Mount> mounts;
  Hooks hooks;
  LinuxSection linux_section;
  std::map<std::string, std::string> annotations;
  // Sections for other systems ("windows") and properties that the specification has withdrawn: the runtime refuses
  // them by name, because to ignore them would be to promise what is not done.
  std::vector<std::string> unsupported;

  static Result<RuntimeSpec> parse(std::string_view json);
  std::string to_json() const;
};

std::string_view to_string(NamespaceType type);  // "pid", "network", …

}  // namespace tare::oci
