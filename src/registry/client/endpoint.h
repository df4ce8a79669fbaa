// Where a registry's name leads: which URLs to try, in which order, and which certificates count.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "http/client/client.h"

namespace tare::registry {

struct EndpointOptions {
  bool insecure = false;                         // --tls-verify=false: any certificate, or plain HTTP, will do
  std::vector<std::string> insecure_registries;  // the same for these names ("registry.lan:5000")
  std::vector<std::string> certificate_folders;  // each may hold HOST:PORT/{ca.crt,client.cert,client.key}
};

struct Endpoint {
  std::string url;  // "https://registry-1.docker.io", without a slash at the end
  http::TlsOptions tls;
};

// To be tried in order; the next one only when nothing speaks TLS at the one before.
// Plain HTTP is among them only for this machine itself and for registries that the user called insecure: a registry
// elsewhere that "falls back" to HTTP would hand its images and our credentials to whoever is on the way.
std::vector<Endpoint> plan_endpoints(const std::string& registry, const EndpointOptions& options,
                                     const http::TlsOptions& certificates);

// The certificates of the first folder that has some for this registry: *.crt is the authority, NAME.cert with NAME.key
// ours. kInvalidArgument for half a pair, as Docker has it.
Result<http::TlsOptions> read_certificates(const std::string& registry, const std::vector<std::string>& folders);

// TARE_INSECURE_REGISTRIES (names with commas), and the folders of Docker and Podman or TARE_CERTS_DIR instead.
EndpointOptions read_endpoint_options();

}  // namespace tare::registry
