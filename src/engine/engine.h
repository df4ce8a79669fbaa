// The engine: containers, images, networks and volumes as a user knows them, without a daemon. Any number of processes
// use the same directories at once; the database serialises what must be serial (names, addresses, ports), and a
// container's supervisor is the only writer of its state.
//
//   auto engine = TRY(engine::Engine::open(TRY(os::find_paths())));
//   engine::ContainerOptions options;
//   options.image = "hello";
//   auto container = TRY(engine.create_container(options));
//   TRY(engine.start_container(container.record.id, engine::Attach::kNo));
//
// Not for use by two threads at once; one Engine per thread is fine. Calls that start a process (start_container, exec)
// must be made while the calling process has one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/build.h"
#include "engine/container.h"
#include "engine/container_update.h"
#include "engine/early_start.h"
#include "engine/network_record.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "os/paths.h"
#include "os/process.h"
#include "runtime/runtime.h"
#include "store/store.h"
#include "supervise/client.h"

namespace tare::engine {

enum class Attach { kNo, kOutput };

// The options of `exec`.
struct ExecRequest {
  std::vector<std::string> command;
  std::vector<std::string> env;
  std::string user;
  std::string working_dir;
  bool terminal = false;
  bool privileged = false;
};

// One container's use of resources at one moment.
struct Usage {
  os::CgroupStatistics cgroup;
  uint64_t network_received_bytes = 0;
  uint64_t network_sent_bytes = 0;
  uint64_t log_bytes = 0;  // written to its log files that still exist
};

struct VolumeRecord {
  std::string name;
  std::string mountpoint;  // host path of its content
  std::string created;     // RFC 3339
  bool anonymous = false;
};

struct EngineCore;  // core.h

class Engine {
 public:
  static Result<Engine> open(const os::Paths& paths);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const os::Paths& paths() const;
  store::Store& store();

  // ---- containers
  // Checks the options, applies the image's defaults, takes the name and writes the record. Nothing runs yet.
  // kNotFound: no such image; kAlreadyExists: the name is in use.
  // `image`: that of the options, for a caller who has just looked it up.
  Result<Container> create_container(const ContainerOptions& options, const store::Image* image = nullptr);
  // Network, then the supervisor. kNoExecutable and kNotExecutable are the user's command's fault.
  // `early`: what was begun before the container was known, to save time.
  Result<supervise::StartedSupervisor> start_container(const std::string& id, Attach attach,
                                                       std::optional<EarlyStart> early = {});
  // By name, id, or unambiguous prefix of an id, in this order, as Docker looks containers up.
  Result<Container> find_container(std::string_view name_or_id);
  Result<std::vector<Container>> list_containers();        // newest first
  Result<std::vector<ContainerSummary>> list_summaries();  // newest first
  Result<ContainerRecord> container_record(const std::string& id) const;
  // `signal` 0: the container's own stop signal; no timeout: the container's own.
  Result<void> stop_container(const Container& container, int signal, std::optional<int> timeout_seconds);
  Result<void> kill_container(const Container& container, int signal);
  Result<void> pause_container(const Container& container);
  Result<void> resume_container(const Container& container);
  // Changes limits and the restart policy, of a running container at once, and for its starts to come. What cannot be
  // enforced is an error that names it, and nothing is recorded then.
  Result<void> update_container(const Container& container, const ContainerUpdate& update);
  Result<supervise::State> wait_container(const Container& container);
  Result<void> rename_container(const Container& container, const std::string& name);
  // A running one only with `force` (it is killed). With `volumes`, its anonymous volumes too.
  Result<void> remove_container(const Container& container, bool force, bool volumes);
  // What is due when a container has ended: its ports, address and names are given back; with --rm it is removed.
  // May be called any number of times.
  Result<void> cleanup_container(const std::string& id);
  // The part of it that a client of `run --rm` waits for: name, address and ports are free, the container is gone from
  // every list. Its files go with the cleanup that its supervisor ends with.
  Result<void> release_container(const Container& container);
  // The same for every container whose supervisor is gone without having done it (killed, or the machine crashed).
  Result<void> repair();

  // Runs one more process in a running container; the caller is its parent. With a terminal, `console` of the result
  // is its master side.
  Result<runtime::ExecutedProcess> exec(const Container& container, const ExecRequest& request,
                                        const runtime::StandardStreams& streams);
  Result<Usage> usage(const Container& container) const;
  // How many processes of it the kernel has killed for lack of memory, in this run or the last.
  uint64_t oom_kills(const Container& container) const;
  // Its processes, by their pids on the host; kConflict when it is not running.
  Result<std::vector<pid_t>> processes(const Container& container) const;
  std::string log_directory(const std::string& id) const;
  // The OCI configuration that a container runs with, or would.
  Result<oci::RuntimeSpec> container_spec(const Container& container);

  // ---- networks
  Result<NetworkRecord> create_network(const NetworkOptions& options);
  Result<NetworkRecord> find_network(std::string_view name_or_id);
  Result<std::vector<NetworkRecord>> list_networks();
  Result<void> remove_network(std::string_view name_or_id);  // kConflict while containers use it

  // ---- volumes
  Result<VolumeRecord> create_volume(const std::string& name);  // empty: a new anonymous one; existing ones are fine
  Result<VolumeRecord> find_volume(const std::string& name);
  Result<std::vector<VolumeRecord>> list_volumes();
  Result<void> remove_volume(const std::string& name);  // kConflict while containers use it

  // ---- images made here
  // Builds an image in this process; see build::BuildRequest. RUN steps join the default network.
  Result<build::BuildResult> build_image(build::BuildRequest request);

 private:
  explicit Engine(std::unique_ptr<EngineCore> core);
  std::unique_ptr<EngineCore> core_;
};

}  // namespace tare::engine
