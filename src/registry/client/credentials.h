// Who we are to a registry: Docker's configuration file, and the credential helpers that it names. What `docker login`
// or `podman login` stored there works here and the other way round.
//
//   credHelpers[registry], else credsStore: the program docker-credential-NAME holds the secret
//   auths[key].auth:        base64("user:password"), readable by the owner only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tare::registry {

struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  // instead of a password: an OAuth2 refresh token
  bool operator==(const Credentials&) const = default;
};

// The keys under which a registry's credentials may be stored, the narrowest first: Podman's
// "host/namespace/repository" and "host/namespace", then the host. Docker Hub's key is a URL of its first version.
std::vector<std::string> credential_keys(const std::string& registry, const std::string& repository);
// The key that Docker gives to a helper and writes: "https://index.docker.io/v1/" for Docker Hub, else the host.
std::string server_key(const std::string& registry);

class CredentialStore {
 public:
  // `folder` holds config.json; it need not exist.
  explicit CredentialStore(std::string folder) : folder_(std::move(folder)) {}
  // $DOCKER_CONFIG, or ~/.docker.
  static Result<CredentialStore> open_default();

  // Nothing when none are stored. An unreadable file or a failing helper is an error: to continue as nobody would end
  // in a confusing "not found".
  Result<std::optional<Credentials>> find(const std::string& registry, const std::string& repository) const;

  enum class Stored { kInFile, kInHelper };
  // Other fields of the file stay as they are. The file is replaced by rename, mode 0600.
  Result<Stored> store(const std::string& registry, const Credentials& credentials) const;
  Result<bool> erase(const std::string& registry) const;  // false: there were none

  std::string path() const { return folder_ + "/config.json"; }

 private:
  std::string folder_;
};

}  // namespace tare::registry
