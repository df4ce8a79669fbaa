// The commands about the whole: version, info, inspect, plan, system.
#include <sys/utsname.h>
#include <unistd.h>

#include <iostream>

#include "cmd/tare/arguments.h"
#include "cmd/tare/command.h"
#include "cmd/tare/inspect.h"
#include "cmd/tare/plan.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"
#include "os/file.h"

namespace tare::cmd {
namespace {

Result<int> version(const Words& words) {
  Arguments arguments("tare version", "Show the version");
  TRY(arguments.parse(words, {.at_most = 0}));
  utsname host{};
  ::uname(&host);
  std::cout << formatted("tare version {}\n Kernel:  {}\n OS/Arch: linux/{}\n", TARE_VERSION, host.release,
                         oci::Platform::host().architecture);
  return 0;
}

Result<int> info(const Words& words) {
  Arguments arguments("tare info", "Show what this engine has and where");
  TRY(arguments.parse(words, {.at_most = 0}));
  auto engine = TRY(open_engine());
  const auto containers = TRY(engine.list_containers());
  const auto images = TRY(engine.store().list_images());
  size_t running = 0;
  size_t paused = 0;
  for (const auto& container : containers) {
    const bool is_paused = container.state.status == supervise::Status::kPaused;
    paused += is_paused ? 1 : 0;
    running += container.running() && !is_paused ? 1 : 0;
  }
  const auto layout = TRY(os::read_cgroup_layout());
  utsname host{};
  ::uname(&host);
  const auto memory = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::cout << formatted(
      "Containers: {}\n Running: {}\n Paused: {}\n Stopped: {}\nImages: {}\nServer Version: {}\nStorage Driver: "
      "overlay2\nCgroup Driver: cgroupfs\nCgroup Version: {}\nKernel Version: {}\nArchitecture: {}\nCPUs: {}\nTotal "
      "Memory: "
      "{}\nData Directory: {}\nRun Directory: {}\n",
      containers.size(), running, paused, containers.size() - running - paused, images.size(), TARE_VERSION,
      layout.version == os::CgroupVersion::kV2 ? 2 : 1, host.release, host.machine, ::sysconf(_SC_NPROCESSORS_ONLN),
      format_binary_size(memory), engine.paths().data, engine.paths().run);
  return 0;
}

// Removes what nothing uses: stopped containers, networks without containers, images without names.
Result<int> prune(const Words& words) {
  bool force = false;
  Arguments arguments("tare system prune [OPTIONS]", "Remove stopped containers, unused networks and nameless images");
  arguments.flag("-f,--force", force, "Do not ask");
  arguments.refused("-a,--all");
  arguments.refused("--volumes");
  arguments.refused("--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  if (!force && !confirmed("This will remove all stopped containers, unused networks and dangling images.")) return 0;
  auto engine = TRY(open_engine());
  TRY(engine.repair());
  const auto containers = TRY(engine.list_containers());
  for (const auto& container : containers) {
    if (container.running()) continue;
    TRY(engine.remove_container(container, false, false));
    std::cout << "Deleted container: " << container.name << "\n";
  }
  const auto networks = TRY(engine.list_networks());
  for (const auto& network : networks) {
    if (!network.members.empty()) continue;
    TRY(engine.remove_network(network.id));
    std::cout << "Deleted network: " << network.name << "\n";
  }
  const auto collected = TRY(engine.store().collect_garbage(true));
  std::cout << "Total reclaimed space: " << format_decimal_size(collected.bytes) << "\n";
  return 0;
}

// A running container has its layers' directories mounted, so they may not be replaced.
Result<void> refuse_while_running(engine::Engine& engine) {
  const auto containers = TRY(engine.list_containers());
  for (const auto& container : containers) {
    if (!container.running()) continue;
    return Failure(ErrorKind::kConflict, "container {} is running", container.name)
        .with_hint("stop all containers before a repair; without --repair nothing is changed");
  }
  return {};
}

Result<int> check(const Words& words) {
  bool repair = false;
  Arguments arguments("tare system check [OPTIONS]", "Compare every file of the store with its digest");
  arguments.flag("--repair", repair, "Mend what can be mended, forget the rest so that it is fetched again");
  TRY(arguments.parse(words, {.at_most = 0}));
  auto engine = TRY(open_engine());
  if (repair) TRY(refuse_while_running(engine));
  using Mode = store::Store::CheckMode;
  const auto problems = TRY(engine.store().check(repair ? Mode::kRepair : Mode::kOnlyLook).context("check the store"));
  bool all_mended = true;
  for (const auto& problem : problems) {
    all_mended = all_mended && !problem.mended.empty();
    std::cout << formatted("{}: {}{}{}\n", problem.object, problem.what, problem.mended.empty() ? "" : "; ",
                           problem.mended);
  }
  std::cout << formatted("Problems: {}\n", problems.size());
  return all_mended ? 0 : 1;
}

Result<int> builder_prune(const Words& words) {
  bool force = false;
  std::string unused_for;
  Arguments arguments("tare builder prune [OPTIONS]", "Forget results of builds that no image needs");
  arguments.flag("-f,--force", force, "Do not ask");
  bool all = false;
  arguments.flag("-a,--all", all, "As without: everything is forgotten");
  arguments.text("--unused-for", unused_for, "Only what was not used for this long: 24h");
  arguments.refused("--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  if (!force && !confirmed("This will remove all build cache.")) return 0;
  const auto age = parse_duration(unused_for.empty() ? "0" : unused_for);
  if (!age) return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for --unused-for", unused_for);
  auto engine = TRY(open_engine());
  const auto pruned = TRY(build::prune_cache(engine.store(), std::chrono::duration_cast<std::chrono::seconds>(*age)));
  const auto collected = TRY(engine.store().collect_garbage(false));
  std::cout << "Deleted build cache objects: " << pruned.entries << "\n";
  std::cout << "Total reclaimed space: " << format_decimal_size(collected.bytes) << "\n";
  return 0;
}

Result<int> builder_usage(const Words& words) {
  Arguments arguments("tare builder du", "Show what the build cache holds");
  TRY(arguments.parse(words, {.at_most = 0}));
  auto engine = TRY(open_engine());
  const auto usage = TRY(build::cache_usage(engine.store()));
  std::cout << formatted("Entries: {}\nTotal:   {}\n", usage.entries, format_decimal_size(usage.bytes));
  return 0;
}

constexpr Command kCommands[] = {
    {"inspect", "Show everything about containers, images, volumes, networks as JSON", inspect_command},
    {"plan", "Do the arithmetic: what N containers need, and how many fit", plan_command},
    {"info", "Show what this engine has and where", info},
    {"version", "Show the version", version},
    {"builder prune", "Forget results of builds that no image needs", builder_prune},
    {"builder du", "Show what the build cache holds", builder_usage},
    {"system info", "", info},
    {"system check", "Compare every file of the store with its digest, and mend what is damaged", check},
    {"system prune", "Remove stopped containers, unused networks and nameless images", prune},
};

}  // namespace

std::span<const Command> system_commands() { return kCommands; }

}  // namespace tare::cmd
