#include "registry/client/endpoint.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "http/client/url.h"
#include "os/file.h"

namespace tare::registry {
namespace {

// "host:5000" without the port; an IPv6 address keeps its brackets.
std::string_view host_of(std::string_view registry) {
  const size_t colon = registry.rfind(':');
  const bool inside_brackets = registry.find(']') != std::string_view::npos && colon < registry.find(']');
  return colon == std::string_view::npos || inside_brackets ? registry : registry.substr(0, colon);
}

bool is_insecure(const std::string& registry, const EndpointOptions& options) {
  const auto& names = options.insecure_registries;
  return options.insecure || std::find(names.begin(), names.end(), registry) != names.end();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<void> add_certificate(http::TlsOptions& tls, const std::string& folder, const std::string& name) {
  const std::string path = formatted("{}/{}", folder, name);
  if (name.ends_with(".crt")) {
    tls.ca_file = path;
  } else if (name.ends_with(".cert")) {
    const std::string key = path.substr(0, path.size() - 4) + "key";
    if (!os::exists(key)) return Failure(ErrorKind::kInvalidArgument, "{} has no {} beside it", path, key);
    tls.client_certificate = path;
    tls.client_key = key;
  }
  return {};
}

}  // namespace

std::vector<Endpoint> plan_endpoints(const std::string& registry, const EndpointOptions& options,
                                     const http::TlsOptions& certificates) {
  if (registry == "docker.io") return {{"https://registry-1.docker.io", certificates}};
  http::TlsOptions tls = certificates;
  const bool loopback = http::is_loopback_host(host_of(registry));
  const bool insecure = is_insecure(registry, options);
  // An authority that was named for a registry on this machine is meant to be checked.
  tls.insecure = insecure || (loopback && certificates.ca_file.empty());
  std::vector<Endpoint> endpoints = {{formatted("https://{}", registry), tls}};
  if (insecure || loopback) endpoints.push_back({formatted("http://{}", registry), {.insecure = true}});
  return endpoints;
}

Result<http::TlsOptions> read_certificates(const std::string& registry, const std::vector<std::string>& folders) {
  http::TlsOptions tls;
  for (const std::string& parent : folders) {
    const std::string folder = formatted("{}/{}", parent, registry);
    if (!os::exists(folder)) continue;
    for (const std::string& name : TRY(os::list_directory(folder))) TRY(add_certificate(tls, folder, name));
    return tls;
  }
  return tls;
}

EndpointOptions read_endpoint_options() {
  EndpointOptions options;
  for (const std::string& name : split(environment("TARE_INSECURE_REGISTRIES"), ',')) {
    if (!trim(name).empty()) options.insecure_registries.emplace_back(trim(name));
  }
  if (const std::string folder = environment("TARE_CERTS_DIR"); !folder.empty()) {
    options.certificate_folders = {folder};
    return options;
  }
  const std::string home = environment("HOME");
  if (!home.empty())
    options.certificate_folders = {home + "/.config/containers/certs.d", home + "/.config/docker/certs.d"};
  options.certificate_folders.emplace_back("/etc/containers/certs.d");
  options.certificate_folders.emplace_back("/etc/docker/certs.d");
  return options;
}

}  // namespace tare::registry
