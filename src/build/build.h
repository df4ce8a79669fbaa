// The builder: a Dockerfile and a context go in, an image in the store comes out.
//
//   dockerfile/  text → instructions → stages           (pure)
//   context/     what COPY names: patterns, .dockerignore, the list of files and its digest
//   cache/       what earlier builds found out, in the store's database
//   graph/       stages → those that are needed; variables; the configuration as it grows; keys of steps
//   execute/     one step → one layer (an overlay upper directory)
//   build_stage  one stage from FROM to its end; build: all stages at once, then the image
//
// A build takes no daemon and mounts nothing on the host. Nothing in the image tells the time of the build: the same
// context and the same bases give the same digest.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/reference.h"
#include "store/store.h"

namespace tare::build {

// What happens in a build, as it happens. `step` numbers steps from 1 in the order in which they were first told of.
// Calls come from several threads, but never two at once.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void started(int step, std::string_view name) = 0;  // "[build 2/4] RUN make"
  virtual void output(int step, std::string_view text) = 0;   // what the step wrote, in pieces of any size
  virtual void cached(int step) = 0;
  virtual void done(int step, std::chrono::nanoseconds took) = 0;
  virtual void failed(int step, const Error& error) = 0;
};

// BuildKit's plain style, for terminals and logs alike: "#5 [build 2/4] RUN make", "#5 0.21 text", "#5 DONE 0.3s".
std::unique_ptr<Progress> make_plain_progress(BorrowedFd out);

// The image that FROM or COPY --from names, with its layers in the store; whoever gives this decides about pulling.
using ResolveBase = std::function<Result<store::Image>(const oci::ImageReference& reference)>;

enum class NetworkMode { kDefault, kNone, kHost };

// The network of one RUN step under NetworkMode::kDefault; the network ends with the object.
class RunNetwork {
 public:
  virtual ~RunNetwork() = default;
  virtual BorrowedFd network_namespace() const = 0;
  virtual std::string resolv_conf() const = 0;  // the content of the step's /etc/resolv.conf
};
using AttachNetwork = std::function<Result<std::unique_ptr<RunNetwork>>()>;

struct BuildRequest {
  std::string context;                             // the directory; empty: there is none, and COPY is refused
  std::string dockerfile;                          // a path; empty: Dockerfile in the context
  std::optional<std::string> dockerfile_text;      // instead of a file (standard input)
  std::vector<oci::ImageReference> tags;           // none: the image stays without a name
  std::map<std::string, std::string> build_args;   // --build-arg
  std::map<std::string, std::string> labels;       // --label
  std::map<std::string, std::string> secrets;      // --secret: id → the file that holds it
  std::string target;                              // a stage's name or number; empty: the last
  oci::Platform platform = oci::Platform::host();  // any other than the host's is refused
  NetworkMode network = NetworkMode::kDefault;     // of RUN steps that do not say
  bool no_cache = false;                           // run every step again (and remember the new results)
  std::optional<int64_t> source_date_epoch;        // seconds; newer times in layers are set back to it
  size_t parallel_steps = 0;                       // 0: as many as there are processors
  std::string step_program;  // runs RUN steps by `run-step` (execute/step_process.h); empty: tare-build beside us

  ResolveBase resolve_base;      // empty: only what the store has
  AttachNetwork attach_network;  // empty: steps with the default network use the host's
  Progress* progress = nullptr;  // null: silence
  // Readable when the build is to stop (Ctrl-C): running steps are killed, and build() fails with kCancelled.
  std::optional<BorrowedFd> cancel;
};

struct BuildResult {
  oci::Digest image_id;  // the configuration's digest, as Docker counts ids
  oci::Digest manifest;
  size_t cached_steps = 0;
  size_t executed_steps = 0;
};

// Blocks until the image is there. A RUN step that fails is kConflict; its text has the exit code, the Dockerfile's
// line and the end of what the step wrote.
Result<BuildResult> build(store::Store& store, const BuildRequest& request);

// What the cache holds, and forgetting what was not used for `unused_for` (zero: everything). Layers that no image
// needs go with the store's next collection.
struct CacheUsage {
  size_t entries = 0;
  uint64_t bytes = 0;  // of the layers' blobs and of cache mounts
};
Result<CacheUsage> cache_usage(store::Store& store);
Result<CacheUsage> prune_cache(store::Store& store, std::chrono::seconds unused_for);

}  // namespace tare::build
