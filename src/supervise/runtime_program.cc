#include "supervise/runtime_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/process.h"
#include "os/pty.h"

namespace tare::supervise {
namespace {

constexpr int kProcessDescriptor = 3;
constexpr int kLogDescriptor = 4;

Result<pid_t> read_pid(const std::string& path) {
  const auto text = TRY(os::read_file(path));
  const auto pid = parse_unsigned(trim(text));
  if (!pid || *pid == 0) return Failure(ErrorKind::kCorrupt, "{} holds no process id", path);
  return static_cast<pid_t>(*pid);
}

// The runtime has sent the terminal before its `create` ended.
Result<UniqueFd> receive_console(BorrowedFd listener) {
  pollfd waiting{listener.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) != 1) return Error(ErrorKind::kInternal, "the runtime has sent no terminal");
  const auto connection = TRY(os::accept_unix(listener));
  auto message = TRY(os::receive_message(connection));
  if (!message.descriptor.valid()) return Error(ErrorKind::kInternal, "the runtime has sent no terminal");
  return std::move(message.descriptor);
}

Result<UniqueFd> memory_file(const char* name, const std::string& content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return os::last_error("memfd_create", name);
  TRY(os::write_all(file, content, name));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

ErrorKind kind_of_failure(std::string_view message) {
  const auto text = to_lower(message);
  const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  if (says("executable file") || (says("exec") && says("no such file or directory"))) return ErrorKind::kNoExecutable;
  if (says("exec") && (says("permission denied") || says("operation not permitted") || says("is a directory"))) {
    return ErrorKind::kNotExecutable;
  }
  return ErrorKind::kInternal;
}

std::optional<ErrorKind> find_exec_failure(const runtime::ExecutedProcess& process) {
  if (!process.log.valid()) return std::nullopt;
  const auto said = last_logged_error(os::read_file(formatted("/proc/self/fd/{}", process.log.get())).value_or(""));
  if (said.empty()) return std::nullopt;
  return kind_of_failure(said);
}

std::vector<std::string> RuntimeProgram::command(const std::vector<std::string>& words, const std::string& log) const {
  std::vector<std::string> all = {path_, "--root", run_directory_ + "/runtime", "--log", log, "--log-format", "json"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Result<void> RuntimeProgram::run(const std::vector<std::string>& words, const runtime::StandardStreams& streams) const {
  (void)os::remove_file(log_file());
  const auto verb = words.front();
  const auto child = TRY(os::spawn(
      {.arguments = command(words), .descriptors = {{streams.input, 0}, {streams.output, 1}, {streams.error, 2}}}));
  const auto status = TRY(os::wait(child));
  if (status.shell_code() == 0) return {};
  const auto said = last_logged_error(os::read_file(log_file()).value_or(""));
  return Failure(kind_of_failure(said), "{} {}: {}", path_, verb,
                 said.empty() ? formatted("it failed with exit code {}", status.shell_code()) : said);
}

Result<void> RuntimeProgram::run(const std::vector<std::string>& words) const {
  const auto nothing = TRY(os::open("/dev/null", O_RDWR));
  return run(words, {nothing, nothing, nothing});
}

Result<runtime::Container> RuntimeProgram::create(bool terminal, const runtime::StandardStreams& streams) const {
  const auto pid_file = run_directory_ + "/pid";
  const auto socket = run_directory_ + "/console";
  (void)os::remove_file(pid_file);
  (void)os::remove_file(socket);
  std::vector<std::string> words = {"create", "--bundle", bundle(), "--pid-file", pid_file};
  UniqueFd listener;
  UniqueFd directory;
  if (terminal) {
    listener = TRY(os::listen_unix(socket, SOCK_STREAM, 0600));
    // The whole path may be longer than the address of a socket can be.
    directory = TRY(os::open(run_directory_, O_PATH | O_DIRECTORY));
    words.insert(words.end(), {"--console-socket", formatted("/proc/{}/fd/{}/console", ::getpid(), directory.get())});
  }
  words.push_back(id_);
  TRY(terminal ? run(words) : run(words, streams));
  runtime::Container container{.id = id_};
  container.pid = TRY(read_pid(pid_file));
  container.pidfd = TRY(os::open_pidfd(container.pid));
  if (terminal) container.console = TRY(receive_console(listener));
  (void)os::remove_file(socket);
  return container;
}

Result<void> RuntimeProgram::start() const { return run({"start", id_}); }
Result<void> RuntimeProgram::kill(int signal) const { return run({"kill", id_, std::to_string(signal)}); }
Result<void> RuntimeProgram::pause() const { return run({"pause", id_}); }
Result<void> RuntimeProgram::resume() const { return run({"resume", id_}); }

Result<void> RuntimeProgram::update(const oci::Resources& resources) const {
  const auto file = run_directory_ + "/limits";
  TRY(os::write_file_atomic(file, resources.to_json(), 0600));
  return run({"update", "--resources", file, id_});
}

std::vector<std::string> RuntimeProgram::removal() const { return command({"delete", "--force", id_}); }

Result<void> RuntimeProgram::remove() const {
  const auto state = run_directory_ + "/runtime";
  if (!os::exists(state)) return {};
  TRY(run({"delete", "--force", id_}));
  return os::remove_tree(state);
}

Result<runtime::ExecutedProcess> RuntimeProgram::exec(const oci::Process& process,
                                                      const runtime::StandardStreams& streams) const {
  const auto file = TRY(memory_file("process", process.to_json()));
  runtime::ExecutedProcess executed;
  executed.log = TRY(memory_file("log", ""));  // its own: several may be under way
  UniqueFd slave;
  os::SpawnOptions options{
      .arguments = command({"exec", "--process", formatted("/proc/self/fd/{}", kProcessDescriptor), id_},
                           formatted("/proc/self/fd/{}", kLogDescriptor)),
      .descriptors = {{streams.input, 0},
                      {streams.output, 1},
                      {streams.error, 2},
                      {file, kProcessDescriptor},
                      {executed.log, kLogDescriptor}},
      .new_session = true,
      .take_terminal = process.terminal};
  if (process.terminal) {
    // The program stands between this terminal and one of its own.
    auto pty = TRY(os::open_pty("/dev/ptmx"));
    executed.console = std::move(pty.master);
    slave = std::move(pty.slave);
    for (size_t stream = 0; stream < 3; ++stream) options.descriptors[stream].from = slave;
  }
  auto child = TRY(os::spawn(options));
  executed.pid = child.pid;
  executed.pidfd = std::move(child.pidfd);
  return executed;
}

}  // namespace tare::supervise
