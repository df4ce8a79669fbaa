// Docker's config.json as far as credentials go.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/client/credentials.h"

namespace tare::registry {

struct DockerConfig {
  std::map<std::string, Credentials> auths;    // by host, as normal_key gives it, or Docker Hub's URL
  std::map<std::string, std::string> helpers;  // credHelpers
  std::string store;                           // credsStore
  // The helper that is responsible for a key; empty: the file itself.
  std::string helper_for(const std::string& key) const;
};

// "https://r.example/v1/" and "r.example" are the same key: what Docker wrote over the years. Docker Hub's stays.
std::string normal_key(std::string_view key);

Result<DockerConfig> parse_docker_config(std::string_view json);
// The text of the file with credentials added for a key, or (nothing given) removed. All else is kept in its order.
Result<std::string> change_docker_config(std::string_view json, const std::string& key,
                                         const std::optional<Credentials>& credentials);

// What a helper prints for "get", and reads for "store".
Result<Credentials> parse_helper_answer(std::string_view json);
std::string helper_request(const std::string& server, const Credentials& credentials);

}  // namespace tare::registry
