#include "registry/client/credentials.h"

#include <stdlib.h>

#include <memory>

#include "base/text.h"
#include "os/file.h"
#include "registry/client/credential_helper.h"
#include "registry/client/docker_config_json.h"

namespace tare::registry {
namespace {

constexpr size_t kConfigLimit = size_t{4} << 20;

Result<std::string> read_config(const std::string& path) {
  auto text = os::read_file(path, kConfigLimit);
  if (!text.ok() && text.error().kind() == ErrorKind::kNotFound) return std::string("{}");
  // Docker leaves an empty file behind when a disk was full.
  if (text.ok() && trim(*text).empty()) return std::string("{}");
  return text;
}

// Where the file really is: people keep it in a repository of dot files and link to it.
std::string resolve_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr), &::free);
  return resolved ? resolved.get() : path;
}

}  // namespace

std::string server_key(const std::string& registry) {
  return registry == "docker.io" ? "https://index.docker.io/v1/" : registry;
}

std::vector<std::string> credential_keys(const std::string& registry, const std::string& repository) {
  std::vector<std::string> keys;
  std::string path = repository.empty() ? registry : formatted("{}/{}", registry, repository);
  while (path.size() > registry.size()) {
    keys.push_back(path);
    path.resize(path.rfind('/'));
  }
  keys.push_back(server_key(registry));
  if (registry == "docker.io") keys.insert(keys.end(), {"docker.io", "index.docker.io", "registry-1.docker.io"});
  return keys;
}

Result<CredentialStore> CredentialStore::open_default() {
  if (const char* folder = ::getenv("DOCKER_CONFIG"); folder != nullptr && *folder != '\0')
    return CredentialStore(folder);
  const char* home = ::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    return Failure(ErrorKind::kInvalidArgument, "neither HOME nor DOCKER_CONFIG is set");
  }
  return CredentialStore(formatted("{}/.docker", home));
}

Result<std::optional<Credentials>> CredentialStore::find(const std::string& registry,
                                                         const std::string& repository) const {
  const std::string text = TRY(read_config(path()));
  const DockerConfig config = TRY(parse_docker_config(text).context(path()));
  const std::string server = server_key(registry);
  if (const std::string helper = config.helper_for(server); !helper.empty()) {
    auto credentials = TRY(ask_helper(helper, server));
    if (credentials) return credentials;
  }
  for (const std::string& key : credential_keys(registry, repository)) {
    const auto found = config.auths.find(key);
    if (found != config.auths.end()) return std::optional(found->second);
  }
  return std::optional<Credentials>();
}

Result<CredentialStore::Stored> CredentialStore::store(const std::string& registry,
                                                       const Credentials& credentials) const {
  TRY(os::make_directories(folder_, 0700));
  const auto lock = TRY(os::FileLock::acquire(path() + ".lock", os::FileLock::Mode::kExclusive));
  const std::string text = TRY(read_config(path()));
  const DockerConfig config = TRY(parse_docker_config(text).context(path()));
  const std::string server = server_key(registry);
  if (const std::string helper = config.helper_for(server); !helper.empty()) {
    TRY(tell_helper(helper, server, credentials));
    return Stored::kInHelper;
  }
  const std::string changed = TRY(change_docker_config(text, server, credentials).context(path()));
  TRY(os::write_file_atomic(resolve_links(path()), changed, 0600));
  return Stored::kInFile;
}

Result<bool> CredentialStore::erase(const std::string& registry) const {
  if (!os::exists(path())) return false;
  const auto lock = TRY(os::FileLock::acquire(path() + ".lock", os::FileLock::Mode::kExclusive));
  const std::string text = TRY(read_config(path()));
  const DockerConfig config = TRY(parse_docker_config(text).context(path()));
  const std::string server = server_key(registry);
  bool erased = false;
  if (const std::string helper = config.helper_for(server); !helper.empty()) {
    erased = TRY(erase_from_helper(helper, server));
  }
  if (config.auths.count(server) == 0) return erased;
  const std::string changed = TRY(change_docker_config(text, server, std::nullopt).context(path()));
  TRY(os::write_file_atomic(resolve_links(path()), changed, 0600));
  return true;
}

}  // namespace tare::registry
