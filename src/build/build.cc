#include "build/build.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <thread>

#include "base/clock.h"
#include "build/build_stage.h"
#include "build/graph/configure.h"
#include "build/graph/job.h"
#include "build/graph/plan.h"
#include "os/error.h"
#include "os/file.h"
#include "os/paths.h"

namespace tare::build {
namespace {

constexpr size_t kDockerfileLimit = size_t{8} << 20;

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

Result<Dockerfile> read_dockerfile(const BuildRequest& request) {
  if (request.dockerfile_text) return parse_dockerfile("Dockerfile", *request.dockerfile_text);
  const auto path = request.dockerfile.empty() ? request.context + "/Dockerfile" : request.dockerfile;
  auto text = os::read_file(path, kDockerfileLimit);
  if (!text.ok() && text.error().kind() == ErrorKind::kNotFound) {
    return Failure(ErrorKind::kNotFound, "failed to read dockerfile: {}: no such file", path)
        .with_hint("name another one with -f FILE");
  }
  if (!text.ok()) return std::move(text).error();
  return parse_dockerfile(base_name(path), *text);
}

// Dockerfile.dockerignore beside the Dockerfile wins over .dockerignore of the context, as in BuildKit.
Result<IgnoreRules> read_ignore_rules(const BuildRequest& request) {
  std::vector<std::string> candidates;
  if (!request.dockerfile_text) {
    const auto path = request.dockerfile.empty() ? request.context + "/Dockerfile" : request.dockerfile;
    candidates.push_back(path + ".dockerignore");
  }
  candidates.push_back(request.context + "/.dockerignore");
  for (const auto& path : candidates) {
    const auto text = os::read_file(path);
    if (text.ok()) return IgnoreRules::parse(base_name(path), *text);
    if (text.error().kind() != ErrorKind::kNotFound) return IgnoreRules::parse(base_name(path), "");
  }
  return IgnoreRules();
}

Result<Context> open_context(const BuildRequest& request) {
  Context context;
  if (request.context.empty()) return context;
  auto root = os::open(request.context, O_RDONLY | O_DIRECTORY);
  if (!root.ok()) {
    return std::move(root).error().context("build context").with_hint("the last argument is a directory, often \".\"");
  }
  context.root = std::move(root).value();
  context.path = TRY(os::read_link(formatted("/proc/self/fd/{}", context.root.get())));
  context.rules = TRY(read_ignore_rules(request));
  return context;
}

std::optional<int64_t> read_epoch(const BuildRequest& request) {
  const auto given = request.build_args.find("SOURCE_DATE_EPOCH");
  if (given != request.build_args.end()) return parse_signed(given->second);
  return request.source_date_epoch;
}

// Tells running steps to end: when the caller asks for it, or when another stage failed.
class StopSignal {
 public:
  static Result<StopSignal> create() {
    UniqueFd fd(::eventfd(0, EFD_CLOEXEC));
    if (!fd.valid()) return os::last_error("make", "an event descriptor");
    return StopSignal(std::move(fd));
  }
  BorrowedFd fd() const { return fd_; }
  void raise() const { (void)os::write_all(fd_, std::string_view("\1\0\0\0\0\0\0\0", 8), "the stop signal").ok(); }

 private:
  explicit StopSignal(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Raises `stop` when `cancel` becomes readable; ends by itself when `stop` was raised by somebody else.
void forward_cancel(BorrowedFd cancel, const StopSignal& stop, StageResults& stages) {
  pollfd waiting[2] = {{cancel.get(), POLLIN, 0}, {stop.fd().get(), POLLIN, 0}};
  while (::poll(waiting, 2, -1) < 0 && errno == EINTR) {
  }
  if (waiting[0].revents == 0) return;
  stages.fail();
  stop.raise();
}

// Builds all stages of the plan, each on its own thread, and keeps the error that came first.
class StageRunner {
 public:
  StageRunner(const BuildJob& job, const StagePlan& plan, const StopSignal& stop)
      : job_(job), plan_(plan), stop_(stop) {}

  Result<void> run() {
    std::vector<std::thread> threads;
    for (const auto& planned : plan_.stages) threads.emplace_back([this, &planned] { run_stage(planned); });
    for (auto& thread : threads) thread.join();
    if (first_error_) return std::move(*first_error_);
    return {};
  }

 private:
  void run_stage(const PlannedStage& planned) {
    auto result = build_stage(job_, planned);
    if (result.ok()) return job_.stages.finish(planned.index, std::move(result).value());
    const std::lock_guard lock(mutex_);
    if (!first_error_) first_error_ = std::move(result).error();
    job_.stages.fail();
    stop_.raise();
  }

  const BuildJob& job_;
  const StagePlan& plan_;
  const StopSignal& stop_;
  std::mutex mutex_;
  std::optional<Error> first_error_;
};

Result<BuildResult> export_image(const BuildJob& job, StageState state) {
  auto report = job.reporter.begin("exporting to image");
  state.config.created = job.created;
  for (const auto& [name, value] : job.request.labels) state.config.config.labels[name] = value;
  const auto& tags = job.request.tags;
  const auto first = tags.empty() ? std::nullopt : std::optional(tags.front());
  BuildResult built{oci::Digest::of(""), oci::Digest::of(""), job.reporter.cached_steps(),
                    job.reporter.executed_steps()};
  // Not TRY, here and below: g++ 12 warns of a delete in its expansion that never happens.
  auto record = job.store.write_image(state.config, state.layers, first);
  if (!record.ok()) {
    report.failed(record.error());
    return std::move(record).error();
  }
  built.image_id = record->config_digest;
  built.manifest = record->manifest.digest;
  report.output(formatted("writing image {} done\n", built.image_id.string()));
  for (const auto& tag : tags) {
    auto named = job.store.tag(tag, record->manifest);
    if (!named.ok()) return std::move(named).error();
    report.output(formatted("naming to {} done\n", tag.canonical()));
  }
  report.done();
  return built;
}

Result<void> run_stages(const BuildJob& job, const StagePlan& plan, const StopSignal& stop) {
  std::thread canceller;
  if (job.request.cancel) {
    canceller = std::thread([&] { forward_cancel(*job.request.cancel, stop, job.stages); });
  }
  auto result = StageRunner(job, plan, stop).run();
  stop.raise();
  if (canceller.joinable()) canceller.join();
  return result;
}

size_t processor_count(const BuildRequest& request) {
  if (request.parallel_steps != 0) return request.parallel_steps;
  return std::max(1U, std::thread::hardware_concurrency());
}

Result<void> check_platform(const BuildRequest& request) {
  const auto host = oci::Platform::host();
  if (request.platform == host) return {};
  return Failure(ErrorKind::kUnsupported, "cannot build for {}: only the host's platform {} is supported",
                 request.platform.string(), host.string());
}

Result<BuildResult> run_build(store::Store& store, const BuildRequest& request, Reporter& reporter,
                              const Dockerfile& dockerfile) {
  const auto global = TRY(GlobalScope::create(dockerfile, request.build_args, request.platform));
  const auto plan = TRY(plan_stages(dockerfile, global, request.target, request.platform));
  const auto context = TRY(open_context(request));
  const auto cache = TRY(BuildCache::open(store));
  const auto lease = TRY(store.lease());  // until the image is written, nothing else holds the new layers
  const auto stop = TRY(StopSignal::create());
  StageResults stages(dockerfile.stages.size());
  std::counting_semaphore<> processors(static_cast<std::ptrdiff_t>(processor_count(request)));
  const auto epoch = read_epoch(request);
  const TimePoint created{std::chrono::seconds(epoch.value_or(0))};
  const auto work_directory = TRY(store.make_work_directory());
  auto step_program = request.step_program;
  if (step_program.empty()) step_program = TRY(os::find_own_program("tare-build"));
  const BuildJob job{.store = store,
                     .request = request,
                     .dockerfile = dockerfile,
                     .global = global,
                     .cache = *cache,
                     .reporter = reporter,
                     .context = context,
                     .stages = stages,
                     .processors = processors,
                     .stop = stop.fd(),
                     .work_directory = work_directory,
                     .step_program = step_program,
                     .epoch = epoch,
                     .created = format_rfc3339(created)};
  TRY(run_stages(job, plan, stop));
  const auto* target = TRY(stages.wait(plan.stages.back().index));
  auto result = TRY(export_image(job, *target));
  TRY(cache->note_uses());
  return result;
}

}  // namespace

Result<BuildResult> build(store::Store& store, const BuildRequest& request) {
  TRY(check_platform(request));
  Reporter reporter(request.progress);
  const auto dockerfile = TRY(read_dockerfile(request));
  return run_build(store, request, reporter, dockerfile);
}

}  // namespace tare::build
