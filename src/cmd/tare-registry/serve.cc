#include "cmd/tare-registry/serve.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/text.h"
#include "http/server/listen_address.h"
#include "http/server/server.h"
#include "os/file.h"
#include "os/paths.h"
#include "registry/server/collect_garbage.h"
#include "registry/server/registry.h"

namespace tare::registry {
namespace {

Result<Storage> open_storage(const std::string& root) {
  if (!root.empty()) return Storage::open(root);
  const auto paths = TRY(os::find_paths());
  TRY(os::make_data_directory(paths.data));
  return Storage::open(paths.data + "/registry");
}

// Requests are text of strangers: a terminal must not obey it.
std::string printable(std::string text) {
  for (char& c : text) {
    if (c < ' ' || c == '"' || c == '\x7f') c = '?';
  }
  return text;
}

void log_request(const http::ServedRequest& served) {
  const double milliseconds = static_cast<double>(served.duration.count()) / 1000;
  log_message(LogLevel::kInfo,
              formatted("{} {} \"{} {}\" {} {} {:.1f}ms \"{}\"{}", format_rfc3339(now()), served.remote,
                        printable(served.method), printable(served.target), served.status, served.sent, milliseconds,
                        printable(served.user_agent),
                        served.failure ? formatted(" not sent: {}", served.failure->text()) : std::string()));
}

Result<http::ServerOptions> server_options(const ServeOptions& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "--tls-cert and --tls-key belong together");
  }
  http::ServerOptions made{.address = options.listen};
  if (!options.tls_key.empty()) made.tls = TRY(http::TlsContext::load(options.tls_certificate, options.tls_key));
  if (!options.quiet) made.observe = log_request;
  return made;
}

Result<std::optional<http::PasswordFile>> load_passwords(const std::string& path) {
  if (path.empty()) return std::optional<http::PasswordFile>();
  return std::optional(TRY(http::PasswordFile::load(path)));
}

Result<void> warn_when_exposed(const ServeOptions& options) {
  const auto address = TRY(http::ListenAddress::parse(options.listen));
  if (address.is_loopback()) return {};
  if (options.htpasswd.empty())
    log_warning(formatted("{}: everybody who reaches it may push; see --htpasswd", options.listen));
  if (options.tls_key.empty())
    log_warning(formatted("{}: without TLS others can read along; see --tls-cert", options.listen));
  return {};
}

sigset_t end_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

// A second signal ends the process at once.
void await_end_signal() {
  const sigset_t signals = end_signals();
  int received = 0;
  while (::sigwait(&signals, &received) != 0) continue;
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

Result<void> serve(const ServeOptions& options) {
  TRY(warn_when_exposed(options));
  auto storage = TRY(open_storage(options.root));
  auto passwords = TRY(load_passwords(options.htpasswd));
  Registry registry(std::move(storage), std::move(passwords));
  auto made = TRY(server_options(options));
  // Before the first thread: a signal that arrives while the server starts waits for await_end_signal.
  const sigset_t signals = end_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto server =
      TRY(http::Server::listen(std::move(made), [&](http::Request& request) { return registry.answer(request); }));
  if (!options.pid_file.empty()) TRY(os::write_file_atomic(options.pid_file, formatted("{}\n", ::getpid())));
  const ScopeGuard remove_pid_file([&] {
    if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
  });
  std::printf("listening on %s\n", server.url().c_str());
  std::fflush(stdout);
  await_end_signal();
  server.stop();
  return {};
}

Result<void> collect_garbage(const GarbageOptions& options) {
  const auto age = parse_duration(options.older_than);
  if (!age || age->count() < 0) {
    return Failure(ErrorKind::kInvalidArgument, "--older-than {}: is no duration", options.older_than)
        .with_hint("for instance 24h, 30m or 0s");
  }
  const auto storage = TRY(open_storage(options.root));
  const auto done = TRY(collect_garbage(storage, std::chrono::duration_cast<std::chrono::seconds>(*age)));
  const std::string line = formatted("removed {} blobs and {} unfinished uploads, {}\n", done.blobs, done.uploads,
                                     format_decimal_size(done.bytes));
  std::fputs(line.c_str(), stdout);
  return {};
}

}  // namespace tare::registry
