// A container as the engine keeps it: the record that is written once (container.json) and what is true now.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/container_options.h"
#include "oci/digest.h"
#include "supervise/state.h"

namespace tare::engine {

// DATA/containers/ID/container.json. The name is not in it: names live in the database, where they are unique.
struct ContainerRecord {
  std::string id;
  std::string created;  // RFC 3339 with nanoseconds
  ContainerOptions options;
  std::string image_reference;  // canonical; empty when the image was named by id
  std::string manifest_digest;
  std::string config_digest;          // Docker's image id
  std::vector<std::string> diff_ids;  // lowest layer first
  // What runs, after the image's defaults were applied.
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> env;
  std::string working_dir;
  std::string user;
  std::string stop_signal;
  std::map<std::string, std::string> labels;
  std::vector<std::string> exposed_ports;
  std::vector<std::string> anonymous_volumes;  // names of volumes that go with the container under `rm -v` and --rm

  static Result<ContainerRecord> parse(std::string_view json);
  std::string to_json() const;
};

// A container's place in a network, for as long as it runs.
struct EndpointRecord {
  std::string network_id;
  std::string network_name;
  std::string address;  // "172.30.0.2"
  std::string mac;
  std::string gateway;
  int prefix_length = 0;
  std::vector<network::PortMapping> ports;  // with host ports as they were chosen
};

struct Container {
  ContainerRecord record;
  std::string name;
  supervise::State state;
  std::vector<EndpointRecord> endpoints;

  bool running() const { return supervise::is_running(state.status); }
};

// What a list shows of a container: its row in the database and its state. A fifth of the work of a Container.
struct ContainerSummary {
  std::string id;
  std::string name;
  std::string created;
  std::string image;                       // as the user named it
  std::string command;                     // path and arguments, with blanks between
  std::vector<std::string> exposed_ports;  // "80/tcp"
  supervise::State state;
  std::vector<EndpointRecord> endpoints;

  bool running() const { return supervise::is_running(state.status); }
};

}  // namespace tare::engine
