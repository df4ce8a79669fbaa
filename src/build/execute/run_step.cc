// RUN: a container on the layers so far, whose upper directory becomes the layer.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>

#include "build/execute/image_users.h"
#include "build/execute/layer_step.h"
#include "build/execute/mount_points.h"
#include "build/execute/run_mounts.h"
#include "build/execute/run_plan.h"
#include "build/execute/step_process.h"
#include "build/graph/configure.h"
#include "build/graph/step_key.h"
#include "os/error.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/transfer.h"

namespace tare::build {
namespace {

constexpr size_t kTailLines = 12;  // of a failing step's output, in its error

std::string key_of(const LayerStep& step, const RunPlan& plan, const std::string& bind_digest) {
  StepKey key("RUN", step.state.config.diff_ids);
  for (const auto& argument : plan.arguments) key.add("argument", argument);
  key.add("script", plan.script.value_or(""));
  for (const auto& variable : plan.environment) {
    if (!is_proxy_argument(variable.substr(0, variable.find('=')))) key.add("environment", variable);
  }
  key.add("directory", plan.directory).add("user", step.state.config.config.user);
  key.add("network", std::to_string(static_cast<int>(plan.network)));
  key.add("epoch", step.job.epoch ? std::to_string(*step.job.epoch) : "");
  for (const auto& flag : step.instruction.flags) key.add("flag", flag.name).add("value", flag.value);
  return key.add("bind", bind_digest).finish();
}

std::string last_lines(std::string_view text) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
  std::string result;
  for (const auto& line : lines) result += formatted("\n    {}", line);
  return result;
}

// The step's process as it runs: shows its output until it ends, or until the build is stopped.
class RunningStep {
 public:
  RunningStep(const LayerStep& step, StepProcess process) : step_(step), process_(std::move(process)) {}

  Result<os::ExitStatus> wait() {
    while (!ended_) TRY(wait_once());
    // What the command wrote before it ended; descendants that still hold the pipe were killed with it.
    os::set_nonblocking(process_.output);
    while (TRY(show_output())) {
    }
    const auto status = TRY(os::wait(process_.child));
    if (stopped_) return Error(ErrorKind::kCancelled, "the build was stopped");
    const auto report = TRY(os::read_fd(process_.report, "the step's report"));
    if (!report.empty()) return decode_error(report);
    return status;
  }

 private:
  Result<void> wait_once() {
    // A pipe at its end would be readable for ever: it is left out then.
    std::array<pollfd, 3> waiting{{{process_.child.pidfd.get(), POLLIN, 0},
                                   {step_.job.stop.get(), POLLIN, 0},
                                   {output_ended_ ? -1 : process_.output.get(), POLLIN, 0}}};
    if (stopped_) waiting[1].fd = -1;
    if (os::retry_interrupted([&] { return ::poll(waiting.data(), waiting.size(), -1); }) < 0) {
      return os::last_error("wait for", "a step");
    }
    if (waiting[1].revents != 0) {
      stopped_ = true;
      TRY(os::signal_pidfd(process_.child.pidfd, SIGKILL));
    }
    if (waiting[2].revents != 0) output_ended_ = !TRY(show_output());
    ended_ = waiting[0].revents != 0;
    return {};
  }

  // False when there is nothing (more) to read.
  Result<bool> show_output() {
    std::array<char, 16384> buffer;
    const auto read = os::read_some(process_.output, buffer);
    if (read.outcome == os::Transfer::Outcome::kFailed) {
      return Error::from_errno(read.error, "read", "the step's output");
    }
    if (read.moved()) step_.report.output({buffer.data(), read.bytes});
    return read.moved();
  }

  const LayerStep& step_;
  StepProcess process_;
  bool ended_ = false;
  bool output_ended_ = false;
  bool stopped_ = false;
};

class RunStep {
 public:
  RunStep(const LayerStep& step, RunPlan plan, std::vector<RunMount> mounts)
      : step_(step), plan_(std::move(plan)), run_mounts_(std::move(mounts)) {}

  Result<void> execute(const StepDirectory& directory) {
    if (plan_.network == NetworkMode::kDefault && step_.job.request.attach_network) {
      network_ = TRY(step_.job.request.attach_network());
    }
    const auto lower = TRY(step_.job.store.lower_layers(step_.state.config.diff_ids));
    const auto places = TRY(StepDirectory::create(step_.job.work_directory));
    const auto spec = TRY(make_spec(lower, places));
    auto names = lower.names;
    names.insert(names.begin(), places.upper());
    StepProcessPlan process{.program = step_.job.step_program,
                            .directory = places.path(),
                            .spec = spec,
                            .overlay = {.lower_directory = lower.directory,
                                        .lower_names = std::move(names),
                                        .upper = directory.upper(),
                                        .work = directory.work()}};
    if (network_) process.network_namespace = network_->network_namespace();
    auto running = TRY(start_step_process(process));
    const auto status = TRY(RunningStep(step_, std::move(running)).wait());
    return check_status(status);
  }

 private:
  NetworkMode effective_network() const {
    const bool host = plan_.network == NetworkMode::kDefault && !network_;
    return host ? NetworkMode::kHost : plan_.network;
  }

  // Also makes the places for its mounts, in `places`.
  Result<oci::RuntimeSpec> make_spec(const store::LowerLayers& lower, const StepDirectory& places) {
    const auto root = TRY(open_merged_tree(lower, places, TreeAccess::kWritable));
    const RunFacts facts{.user = TRY(resolve_image_user(root, step_.state.config.config.user)),
                         .network = effective_network(),
                         .in_user_namespace = os::in_user_namespace()};
    auto spec = plan_run_spec(plan_, facts);
    TRY(add_mounts(spec, places.path()));
    TRY(make_mount_points(root, spec.mounts));
    return spec;
  }

  Result<void> add_mounts(oci::RuntimeSpec& spec, const std::string& directory) {
    auto resolv_conf = network_ ? network_->resolv_conf() : os::read_file("/etc/resolv.conf").value_or("");
    if (plan_.network == NetworkMode::kNone) resolv_conf.clear();
    TRY(add_file(spec, directory + "/resolv.conf", resolv_conf, "/etc/resolv.conf", 0644));
    TRY(add_file(spec, directory + "/hosts", "127.0.0.1\tlocalhost build\n::1\tlocalhost ip6-localhost\n", "/etc/hosts",
                 0644));
    if (plan_.script) TRY(add_file(spec, directory + "/script", *plan_.script, plan_.arguments[0], 0755));
    prepared_ = TRY(prepare_run_mounts(step_, run_mounts_, directory));
    for (auto& mount : prepared_.mounts) spec.mounts.push_back(std::move(mount));
    for (auto& variable : prepared_.environment) spec.process->env.push_back(std::move(variable));
    return {};
  }

  static Result<void> add_file(oci::RuntimeSpec& spec, const std::string& path, const std::string& content,
                               const std::string& target, mode_t mode) {
    const auto file = TRY(os::open(path, O_WRONLY | O_CREAT | O_EXCL, mode));
    if (::fchmod(file.get(), mode) != 0) return os::last_error("change mode of", path);
    TRY(os::write_all(file, content, path));
    spec.mounts.push_back(
        {.destination = target, .type = "bind", .source = path, .options = {"bind", "rprivate", "ro"}});
    return {};
  }

  Result<void> check_status(os::ExitStatus status) const {
    const int code = status.shell_code();
    if (code == 0) return {};
    const auto killed = code > 128 ? formatted(" (killed by signal {})", code - 128) : "";
    return Failure(ErrorKind::kConflict, "process \"{}\" did not complete successfully: exit code: {}{}{}",
                   join(plan_.arguments, " "), code, killed, last_lines(step_.report.tail()));
  }

  const LayerStep& step_;
  const RunPlan plan_;
  const std::vector<RunMount> run_mounts_;
  std::unique_ptr<RunNetwork> network_;
  PreparedMounts prepared_;  // its locks are held until the step has ended
};

}  // namespace

Result<LayerResult> run_step(const LayerStep& step) {
  auto plan = TRY(plan_run(step.instruction, step.state, step.job.request.build_args, step.job.request.network));
  auto mounts = TRY(read_run_mounts(step));
  const auto key = key_of(step, plan, TRY(digest_bind_mounts(step, mounts)));
  const auto created_by = plan.created_by;
  if (auto cached = TRY(find_cached(step, key))) return LayerResult{std::move(*cached), created_by, true};
  auto layer = TRY(make_layer(step, key, [&](const StepDirectory& directory) {
    return RunStep(step, std::move(plan), std::move(mounts)).execute(directory);
  }));
  return LayerResult{std::move(layer), created_by, false};
}

}  // namespace tare::build
