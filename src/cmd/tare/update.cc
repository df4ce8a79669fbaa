#include "cmd/tare/update.h"

#include "cmd/tare/arguments.h"
#include "cmd/tare/life_options.h"
#include "cmd/tare/resource_options.h"
#include "cmd/tare/session.h"

namespace tare::cmd {

Result<int> update_command(const Words& words) {
  engine::ContainerUpdate update;
  LimitWords limits;
  std::string restart;
  Arguments arguments("tare update [OPTIONS] CONTAINER [CONTAINER...]",
                      "Change limits and the restart policy of one or more containers");
  declare_limits(arguments, limits, update.resources);
  arguments.text("--restart", restart, "no, always, unless-stopped, on-failure[:N]");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  TRY(read_limits(limits, update.resources));
  if (!restart.empty()) update.restart = TRY(parse_restart(restart));
  if (engine::is_empty(update.resources) && !update.restart) {
    return Error(ErrorKind::kInvalidArgument, "you must provide one or more flags when using this command")
        .with_hint("see `tare update --help`");
  }
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    return engine.update_container(container, update);
  });
}

}  // namespace tare::cmd
