#include <functional>
#include <iostream>

#include "api/docker/shapes.h"
#include "base/log.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/go_template.h"
#include "cmd/tare/inspect.h"
#include "cmd/tare/list_containers.h"
#include "cmd/tare/session.h"
#include "codec/json.h"

namespace tare::cmd {
namespace {

// The JSON of the thing called `name`; kNotFound when there is none.
using Lookup = std::function<Result<std::string>(engine::Engine& engine, const std::string& name)>;

Result<std::string> look_up_container(engine::Engine& engine, const std::string& name) {
  const auto container = TRY(engine.find_container(name));
  return api::docker::container_json(engine, container);
}

Result<std::string> look_up_image(engine::Engine& engine, const std::string& name) {
  const auto image = TRY(engine.store().find_image(name));
  const auto all = TRY(engine.store().list_images());
  return api::docker::image_json(engine, image, all);
}

Result<std::string> look_up_network(engine::Engine& engine, const std::string& name) {
  const auto network = TRY(engine.find_network(name));
  return api::docker::network_json(engine, network);
}

Result<std::string> look_up_volume(engine::Engine& engine, const std::string& name) {
  const auto volume = TRY(engine.find_volume(name));
  return api::docker::volume_json(volume);
}

struct Kind {
  std::string name;
  Lookup look_up;
};

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kKinds = {{"container", look_up_container},
                                           {"image", look_up_image},
                                           {"volume", look_up_volume},
                                           {"network", look_up_network}};
  return kKinds;
}

// As Docker: a container first, then an image, a volume, a network.
Result<std::string> look_up_any(engine::Engine& engine, const std::string& name, const std::string& type) {
  for (const auto& kind : all_kinds()) {
    if (!type.empty() && type != kind.name) continue;
    auto found = kind.look_up(engine, name);
    const bool absent = !found.ok() && (found.error().kind() == ErrorKind::kNotFound ||
                                        found.error().kind() == ErrorKind::kInvalidArgument);
    if (!absent || !type.empty()) return found;
  }
  return Failure(ErrorKind::kNotFound, "No such object: {}", name);
}

// Prints what was found as one list, or each by the template; what was not found is an error each, and exit code 1.
Result<int> inspect(const std::vector<std::string>& names, const std::string& format, const Lookup& look_up) {
  auto engine = TRY(open_engine());
  auto list = codec::Json::array();
  int code = 0;
  for (const auto& name : names) {
    const auto text = look_up(engine, name);
    if (!text.ok()) {
      print_error(text.error());
      code = 1;
    } else if (format.empty() || format == "json") {
      list.push_back(TRY(codec::parse_json(*text)));
    } else {
      std::cout << TRY(render_template(format, *text)) << "\n";
    }
  }
  if (format.empty()) std::cout << codec::dump_json_indented(list, 4) << "\n";
  if (format == "json") std::cout << codec::dump_json(list) << "\n";
  return code;
}

Result<int> inspect_kind(const Words& words, const std::string& kind, const Lookup& look_up) {
  std::string format;
  Arguments arguments(formatted("tare {0} inspect [OPTIONS] NAME [NAME...]", kind),
                      formatted("Show everything about {}s as JSON", kind));
  arguments.text("-f,--format", format, "json, or a Go template");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  return inspect(names, format, look_up);
}

}  // namespace

Result<int> inspect_command(const Words& words) {
  std::string format;
  std::string type;
  Arguments arguments("tare inspect [OPTIONS] NAME|ID [NAME|ID...]", "Show everything about containers, images, …");
  arguments.text("-f,--format", format, "json, or a Go template");
  arguments.text("--type", type, "container, image, volume or network");
  arguments.refused("-s,--size");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  if (!type.empty() && type != "container" && type != "image" && type != "volume" && type != "network") {
    return Failure(ErrorKind::kInvalidArgument, "\"{}\" is not a valid value for --type", type);
  }
  return inspect(names, format,
                 [&](engine::Engine& engine, const std::string& name) { return look_up_any(engine, name, type); });
}

Result<int> inspect_containers_command(const Words& words) {
  return inspect_kind(words, "container", look_up_container);
}
Result<int> inspect_images_command(const Words& words) { return inspect_kind(words, "image", look_up_image); }
Result<int> inspect_networks_command(const Words& words) { return inspect_kind(words, "network", look_up_network); }
Result<int> inspect_volumes_command(const Words& words) { return inspect_kind(words, "volume", look_up_volume); }

}  // namespace tare::cmd
