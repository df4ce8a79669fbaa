// tare-build: `tare build` executes it with the same words. It connects the builder with the registry client (bases
// that are not here are pulled) and with the engine's default network.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <iostream>

#include "base/log.h"
#include "build/execute/step_process.h"
#include "cmd/tare-build/options.h"
#include "engine/engine.h"
#include "os/error.h"
#include "os/file.h"
#include "os/paths.h"
#include "os/user_namespace.h"
#include "registry/client/pull.h"

namespace tare::build_command {
namespace {

constexpr int kUsageExit = 125;
constexpr int kFailedExit = 1;
constexpr int kInterruptedExit = 130;

int cancel_event = -1;  // for the signal handler, which can reach nothing else

void handle_interrupt(int) {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(cancel_event, &one, sizeof one);
}

// Ctrl-C and `kill` stop the build in order: running steps are killed, directories removed. A second one kills us.
Result<UniqueFd> watch_interrupts() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  if (!event.valid()) return os::last_error("make", "an event descriptor");
  cancel_event = event.get();
  struct sigaction action {};
  action.sa_handler = handle_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (::sigaction(signal, &action, nullptr) != 0) return os::last_error("watch signal", std::to_string(signal));
  }
  return event;
}

// Bases: what is here is used unless --pull asks for newer; what is not here is pulled.
Result<store::Image> resolve_base(store::Store& store, const oci::ImageReference& reference, bool pull) {
  auto found = store.find_image(reference.canonical());
  if (found.ok() && !pull) return found;
  if (!found.ok() && found.error().kind() != ErrorKind::kNotFound) return found;
  registry::PullOptions options;
  options.session = registry::read_session_options();
  auto pulled = registry::pull(store, reference, options);
  if (!pulled.ok()) {
    if (!pulled.error().hint().empty()) return std::move(pulled).error();
    return std::move(pulled).error().with_hint(formatted(
        "{} is not in the local store; `tare image bootstrap` makes a base without a registry", reference.familiar()));
  }
  return store.find_image(reference.canonical());
}

Result<int> run_build(Options options) {
  // First of all: later there are threads, and files that were opened with another identity.
  TRY(os::become_root_in_user_namespace());
  const auto paths = TRY(os::find_paths());
  auto engine = TRY(engine::Engine::open(paths));
  const auto cancel = TRY(watch_interrupts());
  const auto progress = build::make_plain_progress(BorrowedFd(STDERR_FILENO));
  auto& request = options.request;
  if (!options.quiet) request.progress = progress.get();
  request.step_program = "/proc/self/exe";
  request.cancel = BorrowedFd(cancel);
  request.resolve_base = [&engine, pull = options.pull](const oci::ImageReference& reference) {
    return resolve_base(engine.store(), reference, pull);
  };
  const auto built = TRY(engine.build_image(std::move(request)));
  if (!options.id_file.empty()) TRY(os::write_file_atomic(options.id_file, built.image_id.string()));
  if (options.quiet) std::cout << built.image_id.string() << "\n";
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == "run-step") return build::run_step_process(words);
  if (words.size() == 1 && words[0] == "--version") return std::cout << "tare-build " TARE_VERSION "\n", 0;
  auto options = parse_options(words);
  if (!options.ok()) {
    if (options.error().kind() == ErrorKind::kCancelled && options.error().text().empty()) return 0;  // --help
    print_error(options.error());
    return kUsageExit;
  }
  const auto code = run_build(std::move(options).value());
  if (code.ok()) return *code;
  print_error(code.error());
  return code.error().kind() == ErrorKind::kCancelled ? kInterruptedExit : kFailedExit;
}

}  // namespace
}  // namespace tare::build_command

int main(int count, char** arguments) {
  // Progress that nobody reads any more ends nothing.
  ::signal(SIGPIPE, SIG_IGN);
  return tare::build_command::run({arguments + 1, arguments + count});
}
