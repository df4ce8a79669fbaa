#include "registry/client/docker_config_json.h"

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace tare::registry {
namespace {

using codec::JsonReader;

constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";
constexpr std::string_view kTokenUser = "<token>";  // a helper's way to say that the secret is an identity token

Result<Credentials> parse_auth(const JsonReader& entry) {
  Credentials credentials;
  credentials.username = TRY(entry.string_or("username", ""));
  credentials.password = TRY(entry.string_or("password", ""));
  credentials.identity_token = TRY(entry.string_or("identitytoken", ""));
  const std::string packed = TRY(entry.string_or("auth", ""));
  if (packed.empty()) return credentials;
  const std::string text = TRY(codec::decode_base64(packed));
  const auto parts = cut(text, ':');
  if (!parts) return entry.error("auth is not the base64 of user:password");
  credentials.username = parts->first;
  credentials.password = parts->second;
  // Docker itself once padded passwords with zero bytes.
  while (credentials.password.ends_with('\0')) credentials.password.pop_back();
  return credentials;
}

bool is_empty(const Credentials& credentials) { return credentials == Credentials{}; }

// Kept in the order of the file: people edit it too.
using OrderedJson = nlohmann::ordered_json;

Result<OrderedJson> parse_ordered(std::string_view json) {
  TRY(codec::parse_json(json));  // for its limits and its error text
  auto document = OrderedJson::parse(json, nullptr, false);
  if (!document.is_object()) return Failure(ErrorKind::kCorrupt, "not a JSON object");
  return document;
}

OrderedJson to_json(const Credentials& credentials) {
  OrderedJson entry = OrderedJson::object();
  const std::string packed = formatted("{}:{}", credentials.username, credentials.password);
  entry["auth"] = codec::encode_base64(packed);
  if (!credentials.identity_token.empty()) entry["identitytoken"] = credentials.identity_token;
  return entry;
}

void remove_key(OrderedJson& auths, const std::string& key) {
  std::vector<std::string> same;
  for (const auto& [name, value] : auths.items()) {
    if (normal_key(name) == key) same.push_back(name);
  }
  for (const std::string& name : same) auths.erase(name);
}

}  // namespace

std::string DockerConfig::helper_for(const std::string& key) const {
  const auto found = helpers.find(key);
  return found == helpers.end() ? store : found->second;
}

std::string normal_key(std::string_view key) {
  if (key == kDockerHubKey) return std::string(key);
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!key.starts_with(scheme)) continue;
    key.remove_prefix(scheme.size());
    return std::string(key.substr(0, key.find('/')));
  }
  while (key.ends_with('/')) key.remove_suffix(1);
  return std::string(key);
}

Result<DockerConfig> parse_docker_config(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const JsonReader root(document);
  DockerConfig config;
  for (const auto& [key, entry] : TRY(root.members("auths"))) {
    auto credentials = TRY(parse_auth(entry));
    // With a helper Docker leaves empty entries behind, as marks.
    if (!is_empty(credentials)) config.auths.insert_or_assign(normal_key(key), std::move(credentials));
  }
  config.helpers = TRY(root.string_map("credHelpers"));
  config.store = TRY(root.string_or("credsStore", ""));
  return config;
}

Result<std::string> change_docker_config(std::string_view json, const std::string& key,
                                         const std::optional<Credentials>& credentials) {
  auto document = TRY(parse_ordered(json));
  auto& auths = document["auths"];
  if (!auths.is_object()) auths = OrderedJson::object();
  remove_key(auths, key);
  if (credentials) auths[key] = to_json(*credentials);
  return document.dump(1, '\t', false, OrderedJson::error_handler_t::replace);
}

Result<Credentials> parse_helper_answer(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const JsonReader root(document);
  const std::string user = TRY(root.string_or("Username", ""));
  std::string secret = TRY(root.string("Secret"));
  if (user == kTokenUser) return Credentials{.identity_token = std::move(secret)};
  return Credentials{.username = user, .password = std::move(secret)};
}

std::string helper_request(const std::string& server, const Credentials& credentials) {
  const bool token = !credentials.identity_token.empty();
  return codec::dump_json({{"ServerURL", server},
                           {"Username", token ? std::string(kTokenUser) : credentials.username},
                           {"Secret", token ? credentials.identity_token : credentials.password}});
}

}  // namespace tare::registry
