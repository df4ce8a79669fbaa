#include "build/execute/step_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

constexpr int kReport = 3;
constexpr int kNetworkNamespace = 4;
constexpr std::string_view kOwnNetwork = "network";  // the word that says that descriptor 4 is one
constexpr int kStepFailed = 125;                     // the step did not run at all: the report says why

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("make", "a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Paths with line ends cannot be told apart in the file; the store makes none.
std::string encode_overlay(const runtime::OverlayRoot& overlay) {
  return join({overlay.lower_directory, join(overlay.lower_names, ":"), overlay.upper, overlay.work}, "\n");
}

Result<runtime::OverlayRoot> decode_overlay(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines.size() != 4) return Error(ErrorKind::kCorrupt, "the step's overlay file has not four lines");
  return runtime::OverlayRoot{.lower_directory = lines[0],
                              .lower_names = split(lines[1], ':'),
                              .upper = lines[2],
                              .work = lines[3],
                              .volatile_upper = true};
}

Result<int> run_command(const std::string& directory, bool own_network) {
  const auto config = TRY(os::read_file(directory + "/config.json"));
  const auto spec = TRY(oci::RuntimeSpec::parse(config));
  const auto layers = TRY(os::read_file(directory + "/overlay"));
  const auto overlay = TRY(decode_overlay(layers));
  runtime::sweep_groups_of_dead("/tare", "build-");
  runtime::CreateOptions options{.spec = spec,
                                 .id = "build-" + std::to_string(::getpid()),
                                 .bundle = directory,
                                 .overlay = overlay,
                                 .die_with_caller = true};
  if (own_network) options.network_namespace = BorrowedFd(kNetworkNamespace);
  auto container = TRY(runtime::create(options));
  const os::Child init{container.pid, std::move(container.pidfd)};
  auto started = runtime::start(container);
  const auto status = TRY(os::wait(init));
  // Its cgroup is what keeps a step, root with CAP_MKNOD, from the host's devices.
  TRY(runtime::remove(container));
  TRY(std::move(started));
  return status.shell_code();
}

}  // namespace

Result<StepProcess> start_step_process(const StepProcessPlan& plan) {
  TRY(os::write_file_atomic(plan.directory + "/config.json", plan.spec.to_json()));
  TRY(os::write_file_atomic(plan.directory + "/overlay", encode_overlay(plan.overlay)));
  auto output = TRY(make_pipe());
  auto report = TRY(make_pipe());
  const auto input = TRY(os::open("/dev/null", O_RDONLY));
  os::SpawnOptions options;
  options.arguments = {plan.program, "run-step", plan.directory, std::to_string(::getpid())};
  options.descriptors = {{input, 0}, {output.writer, 1}, {output.writer, 2}, {report.writer, kReport}};
  if (plan.network_namespace) {
    options.arguments.emplace_back(kOwnNetwork);
    options.descriptors.push_back({*plan.network_namespace, kNetworkNamespace});
  }
  auto child = TRY(os::spawn(options));
  return StepProcess{std::move(child), std::move(output.reader), std::move(report.reader)};
}

int run_step_process(const std::vector<std::string>& words) {
  if (words.size() < 3) return kStepFailed;
  const auto& directory = words[1];
  const auto& build_process = words[2];
  const bool own_network = words.size() > 3 && words[3] == kOwnNetwork;

  // The step must not outlive the build. If the build died before this line, it is somebody else's child now.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (std::to_string(::getppid()) != build_process) return kStepFailed;
  ::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  if (own_network) ::fcntl(kNetworkNamespace, F_SETFD, FD_CLOEXEC);
  auto result = run_command(directory, own_network);
  if (result.ok()) return *result;
  (void)os::write_all(BorrowedFd(kReport), encode_error(result.error()), "the report").ok();
  return kStepFailed;
}

}  // namespace tare::build
