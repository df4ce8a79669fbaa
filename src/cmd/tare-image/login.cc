// tare login [OPTIONS] [SERVER] and tare logout [SERVER]
#include "registry/client/login.h"

#include <iostream>

#include "cmd/tare-image/commands.h"
#include "cmd/tare-image/prompt.h"
#include "cmd/tare/arguments.h"

namespace tare::image {
namespace {

struct Options {
  std::optional<std::string> username;
  std::optional<std::string> password;
  bool password_stdin = false;
  bool tls_verify = true;
};

cmd::Arguments declare(Options& options) {
  cmd::Arguments arguments("tare login [OPTIONS] [SERVER]", "Log in to a registry; Docker Hub when no server is given");
  arguments.optional_text("-u,--username", options.username, "Username");
  arguments.optional_text("-p,--password", options.password, "Password");
  arguments.flag("--password-stdin", options.password_stdin, "Take the password from stdin");
  arguments.flag("--tls-verify", options.tls_verify, "Check the registry's certificate; =false also allows plain HTTP");
  return arguments;
}

// What people type for a server: a host, a URL, or nothing.
std::string server_name(const std::vector<std::string>& words) {
  if (words.empty()) return "docker.io";
  std::string name = words.front();
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (name.starts_with(scheme)) name.erase(0, scheme.size());
  }
  name.resize(std::min(name.find('/'), name.size()));
  return name == "index.docker.io" || name == "registry-1.docker.io" ? "docker.io" : name;
}

Result<std::string> read_password(const Options& options) {
  if (options.password_stdin) {
    auto password = TRY(read_secret_from_stdin());
    if (password.empty()) return Failure(ErrorKind::kInvalidArgument, "password is empty");
    return password;
  }
  if (options.password) {
    std::cerr << "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n";
    return *options.password;
  }
  return ask("Password: ", Echo::kOff);
}

Result<registry::Credentials> read_credentials(const Options& options) {
  const bool asks = !options.username || !(options.password || options.password_stdin);
  if (asks && !stdin_is_terminal()) {
    return Failure(ErrorKind::kInvalidArgument, "cannot perform an interactive login from a non TTY device")
        .with_hint("give --username and --password-stdin");
  }
  registry::Credentials credentials;
  credentials.username = options.username ? *options.username : TRY(ask("Username: ", Echo::kOn));
  if (credentials.username.empty()) return Failure(ErrorKind::kInvalidArgument, "username is empty");
  credentials.password = TRY(read_password(options));
  return credentials;
}

void warn_of_plain_text(const std::string& path) {
  std::cerr << "WARNING! Your password will be stored unencrypted in " << path
            << ".\nConfigure a credential helper (credsStore, credHelpers) to remove this warning.\n\n";
}

}  // namespace

Result<int> run_login(const std::vector<std::string>& words) {
  Options options;
  const auto names = declare(options).parse(words, {.at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  if (options.password && options.password_stdin) {
    return Failure(ErrorKind::kInvalidArgument, "--password and --password-stdin are mutually exclusive");
  }
  if (options.password_stdin && !options.username) {
    return Failure(ErrorKind::kInvalidArgument, "must provide --username with --password-stdin");
  }
  const std::string server = server_name(*names);
  const auto store = TRY(registry::CredentialStore::open_default());
  const auto credentials = TRY(read_credentials(options));
  auto session = registry::read_session_options();
  session.endpoints.insecure = !options.tls_verify;
  TRY(registry::verify_login(server, credentials, session));
  const auto stored = TRY(store.store(server, credentials));
  if (stored == registry::CredentialStore::Stored::kInFile) warn_of_plain_text(store.path());
  std::cout << "Login Succeeded\n";
  return 0;
}

Result<int> run_logout(const std::vector<std::string>& words) {
  cmd::Arguments arguments("tare logout [SERVER]", "Log out from a registry; Docker Hub when no server is given");
  const auto names = arguments.parse(words, {.at_most = 1});
  if (!names.ok()) return exit_for_usage(names.error());
  const std::string server = server_name(*names);
  const auto store = TRY(registry::CredentialStore::open_default());
  std::cout << "Removing login credentials for " << registry::server_key(server) << "\n";
  if (!TRY(store.erase(server))) std::cout << "Not logged in to " << registry::server_key(server) << "\n";
  return 0;
}

}  // namespace tare::image
