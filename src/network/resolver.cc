// dnsmasq started, found again and stopped. It is nobody's child: it outlives the command that started it and is
// known by its pid file, whose pid counts only when the command line behind it names that same file.
#include "network/resolver.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::network {
namespace {

constexpr int kStopMilliseconds = 2000;

std::string directory_of(const Resolver& resolver) {
  return formatted("{}/dns/{}", resolver.run_directory, resolver.network);
}
std::string hosts_directory_of(const Resolver& resolver) { return directory_of(resolver) + "/hosts"; }
std::string pid_argument(const Resolver& resolver) { return formatted("--pid-file={}/pid", directory_of(resolver)); }

// The running dnsmasq of this network, by the file that it wrote and checked by its command line: pids are used again.
std::optional<UniqueFd> find_running(const Resolver& resolver) {
  auto text = os::read_file(directory_of(resolver) + "/pid");
  auto pid = text ? parse_unsigned(trim(*text)) : std::nullopt;
  if (!pid) return std::nullopt;
  auto pidfd = os::open_pidfd(static_cast<pid_t>(*pid));
  if (!pidfd) return std::nullopt;
  auto command = os::read_file(formatted("/proc/{}/cmdline", *pid));
  if (!command || command->find(pid_argument(resolver)) == std::string::npos) return std::nullopt;
  return std::move(pidfd).value();
}

std::vector<std::string> arguments_of(const Resolver& resolver, const std::string& program) {
  std::vector<std::string> arguments = {
      program,
      "--conf-file=/dev/null",  // not the host's own
      "--no-hosts",
      "--bind-interfaces",
      "--except-interface=lo",
      formatted("--listen-address={}", to_string(resolver.gateway)),
      formatted("--hostsdir={}", hosts_directory_of(resolver)),
      pid_argument(resolver),
      "--user=nobody",
      "--domain-needed",  // names without a dot are ours: an unknown one is not asked for elsewhere
      "--bogus-priv",
  };
  arguments.push_back(resolver.internal ? "--no-resolv" : "--resolv-file=/etc/resolv.conf");
  return arguments;
}

// The first directory on the way that other users may not pass; empty when all may be passed.
Result<std::string> find_closed(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    auto part = path.substr(0, slash);
    auto status = TRY(os::status(part));
    if (!(status.st_mode & S_IXOTH)) return part;
    if (slash == std::string::npos) return std::string();
  }
}

// dnsmasq is another user, and our umask may be strict.
Result<void> make_open_directories(const Resolver& resolver) {
  TRY(os::make_directories(hosts_directory_of(resolver)));
  for (const auto& path : {directory_of(resolver), hosts_directory_of(resolver), resolver.run_directory + "/dns"}) {
    if (::chmod(path.c_str(), 0755) != 0) return os::last_error("chmod", path);
  }
  return {};
}

struct ErrorPipe {
  UniqueFd read_end, write_end;
};

Result<ErrorPipe> open_error_pipe() {
  int ends[2];
  // Read only after dnsmasq's first process has ended; what it left running may keep the other end open.
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return os::last_error("open pipe", "dnsmasq");
  return ErrorPipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_available(BorrowedFd fd) {
  char buffer[1024];
  ssize_t got = os::retry_interrupted([&] { return ::read(fd.get(), buffer, sizeof(buffer)); });
  return got > 0 ? std::string(trim({buffer, static_cast<size_t>(got)})) : std::string();
}

// dnsmasq goes to the background by itself (fork, setsid, fork) once it listens: its first process ends then, and its
// status tells whether it does. Returns the reason when it does not.
Result<std::string> start(const Resolver& resolver, const std::string& program) {
  auto null = TRY(os::open("/dev/null", O_RDWR));
  auto errors = TRY(open_error_pipe());
  os::SpawnOptions options{.arguments = arguments_of(resolver, program), .new_session = true};
  options.working_directory = "/";
  options.descriptors.push_back({null, 0});
  options.descriptors.push_back({null, 1});
  options.descriptors.push_back({errors.write_end, 2});
  auto child = TRY(os::spawn(options));
  auto status = TRY(os::wait(child));
  if (status.shell_code() == 0) return std::string();
  auto words = read_available(errors.read_end);
  return words.empty() ? formatted("dnsmasq ended with status {}", status.shell_code()) : words;
}

Result<ResolverState> start_somewhere(const Resolver& resolver) {
  // /usr/sbin is not in the PATH of ordinary users on Debian.
  for (auto* program : {"dnsmasq", "/usr/sbin/dnsmasq"}) {
    auto reason = start(resolver, program);
    if (reason && reason->empty()) return ResolverState{.running = true, .warning = {}};
    if (reason) return ResolverState{.running = false, .warning = formatted("names do not resolve: {}", *reason)};
    auto kind = reason.error().kind();
    if (kind != ErrorKind::kNotFound && kind != ErrorKind::kNoExecutable) return std::move(reason).error();
  }
  return ResolverState{.running = false,
                       .warning =
                           "names of other containers do not resolve: dnsmasq is not installed (package "
                           "dnsmasq-base)"};
}

}  // namespace

Result<ResolverState> ensure_resolver(const Resolver& resolver) {
  if (find_running(resolver)) return ResolverState{.running = true, .warning = {}};
  TRY(make_open_directories(resolver));
  // Two starts at once: the second waits, and finds it running.
  auto lock = TRY(os::FileLock::acquire(directory_of(resolver) + "/lock", os::FileLock::Mode::kExclusive));
  if (find_running(resolver)) return ResolverState{.running = true, .warning = {}};
  auto closed = TRY(find_closed(hosts_directory_of(resolver)));
  if (!closed.empty()) {
    return ResolverState{.running = false,
                         .warning = formatted("names do not resolve: dnsmasq cannot pass {} (chmod o+x)", closed)};
  }
  return start_somewhere(resolver);
}

Result<void> stop_resolver(const Resolver& resolver) {
  if (auto pidfd = find_running(resolver)) {
    TRY(os::signal_pidfd(*pidfd, SIGTERM));
    // Its address and port are free for the next one only when it is gone.
    if (!TRY(os::wait_ended(*pidfd, kStopMilliseconds))) TRY(os::signal_pidfd(*pidfd, SIGKILL));
  }
  return os::remove_tree(directory_of(resolver));
}

}  // namespace tare::network
