// The commands about volumes.
#include <iostream>

#include "cmd/tare/arguments.h"
#include "cmd/tare/command.h"
#include "cmd/tare/inspect.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"

namespace tare::cmd {
namespace {

Result<int> create_volume(const Words& words) {
  Arguments arguments("tare volume create [VOLUME]", "Create a volume");
  for (const auto* name : {"-d,--driver", "--label", "-o,--opt"}) arguments.refused(name);
  const auto names = TRY(arguments.parse(words, {.at_most = 1}));
  auto engine = TRY(open_engine());
  const auto volume = TRY(engine.create_volume(names.empty() ? "" : names[0]));
  std::cout << volume.name << "\n";
  return 0;
}

Result<int> list_volumes(const Words& words) {
  bool quiet = false;
  std::string format;
  Arguments arguments("tare volume ls [OPTIONS]", "List volumes");
  arguments.flag("-q,--quiet", quiet, "Only names");
  arguments.text("--format", format, "json, or a Go template");
  arguments.refused("-f,--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  auto engine = TRY(open_engine());
  Table table{
      .columns = {{"DRIVER", "Driver"}, {"VOLUME NAME", "Name"}, {"MOUNTPOINT", "Mountpoint"}}, .shown = 2, .rows = {}};
  const auto volumes = TRY(engine.list_volumes());
  for (const auto& volume : volumes) {
    table.rows.push_back({{"Driver", "local"}, {"Name", volume.name}, {"Mountpoint", volume.mountpoint}});
  }
  std::cout << TRY(render_table(table, quiet ? "{{.Name}}" : format));
  return 0;
}

Result<int> remove_volumes(const Words& words) {
  bool force = false;
  Arguments arguments("tare volume rm [OPTIONS] VOLUME [VOLUME...]", "Remove one or more volumes");
  arguments.flag("-f,--force", force, "A volume that is not there is no failure");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) -> Result<void> {
    auto removed = engine.remove_volume(name);
    if (!removed.ok() && force && removed.error().kind() == ErrorKind::kNotFound) return {};
    return removed;
  });
}

constexpr Command kCommands[] = {
    {"volume create", "Create a volume", create_volume},
    {"volume ls", "List volumes", list_volumes},
    {"volume list", "", list_volumes},
    {"volume inspect", "Show everything about volumes as JSON", inspect_volumes_command},
    {"volume rm", "Remove one or more volumes", remove_volumes},
};

}  // namespace

std::span<const Command> volume_commands() { return kCommands; }

}  // namespace tare::cmd
