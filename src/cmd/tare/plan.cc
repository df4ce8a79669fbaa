// `plan`: what N containers need of this machine, and how long an image travels. With names of running containers,
// the allocation is what they use; it is measured twice, so that the first measurement is a prediction of the second.
#include "cmd/tare/plan.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/clock.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/session.h"
#include "engine/plan.h"

namespace tare::cmd {
namespace {

using engine::Allocation;
using engine::UsageSample;

struct PlanOptions {
  std::string cpus, memory, log_rate, log_lines, log_space, count = "1", image_size, image, link, latency = "0s",
                                                            layers;
  std::string interval = "2s", format;
  std::vector<std::string> names;
};

Result<PlanOptions> parse_plan_options(const Words& words) {
  PlanOptions options;
  Arguments arguments("tare plan [OPTIONS] [CONTAINER...]", "What N containers need of this machine, and how many fit");
  arguments.text("-n,--count", options.count, "Number of containers");
  arguments.text("--cpus", options.cpus, "CPUs of one container");
  arguments.text("-m,--memory", options.memory, "Memory of one container");
  arguments.text("--log-rate", options.log_rate, "Bytes that one container logs per second (2k)");
  arguments.text("--log-lines", options.log_lines, "Lines that one container logs per second");
  arguments.text("--log-space", options.log_space, "Bytes that the log of one container may keep");
  arguments.text("--image", options.image, "Transfer this local image");
  arguments.text("--image-size", options.image_size, "Transfer an image of this size");
  arguments.text("--layers", options.layers, "… with this many layers");
  arguments.text("--link", options.link, "Rate of the link: 100mbit, 1gbit, 10MB/s");
  arguments.text("--latency", options.latency, "Latency of the link, there and back: 20ms");
  arguments.text("--interval", options.interval, "How long running containers are measured");
  arguments.text("--format", options.format, "json");
  options.names = TRY(arguments.parse(words, {}));
  return options;
}

Error bad_option(std::string_view option, const std::string& value, std::string_view expected) {
  return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for {}: expected {}", value, option, expected);
}

Result<uint64_t> read_size(std::string_view option, const std::string& text) {
  if (text.empty()) return 0;
  const auto size = parse_size(text);
  if (!size) return bad_option(option, text, "a size such as 64m");
  return *size;
}

Result<double> read_number(std::string_view option, const std::string& text) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !(number >= 0)) return bad_option(option, text, "a number");
  return number;
}

Result<uint64_t> read_count(std::string_view option, const std::string& text) {
  const auto count = parse_unsigned(text);
  if (!count || *count == 0) return bad_option(option, text, "a number of at least 1");
  return *count;
}

Result<std::chrono::nanoseconds> read_duration(std::string_view option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration || duration->count() < 0) return bad_option(option, text, "a duration such as 20ms");
  return *duration;
}

Result<Allocation> read_allocation(const PlanOptions& options) {
  Allocation each;
  each.cores = TRY(read_number("--cpus", options.cpus));
  each.memory = TRY(read_size("--memory", options.memory));
  each.log_bytes_per_second = static_cast<double>(TRY(read_size("--log-rate", options.log_rate)));
  each.log_lines_per_second = TRY(read_number("--log-lines", options.log_lines));
  each.log_space = TRY(read_size("--log-space", options.log_space));
  return each;
}

engine::MachineFacts read_machine(const engine::Engine& engine) {
  const auto pages = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES));
  engine::MachineFacts machine{.cores = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)),
                               .memory = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE))};
  struct statvfs file_system {};
  if (::statvfs(engine.paths().data.c_str(), &file_system) == 0) {
    machine.disk = file_system.f_bavail * file_system.f_frsize;
  }
  return machine;
}

// One measurement: every container's use over the interval.
Result<std::vector<UsageSample>> measure(engine::Engine& engine, const std::vector<std::string>& names,
                                         std::chrono::nanoseconds interval) {
  std::vector<engine::Container> containers;
  std::vector<engine::Usage> before;
  for (const auto& name : names) {
    containers.push_back(TRY(engine.find_container(name)));
    if (!containers.back().running()) {
      return Failure(ErrorKind::kConflict, "container {} is not running: there is nothing to measure", name);
    }
    before.push_back(TRY(engine.usage(containers.back())));
  }
  std::this_thread::sleep_for(interval);
  const double seconds = std::chrono::duration<double>(interval).count();
  std::vector<UsageSample> samples;
  for (size_t at = 0; at < containers.size(); ++at) {
    const auto after = TRY(engine.usage(containers[at]));
    const auto cpu = after.cgroup.cpu_usage_nanoseconds - before[at].cgroup.cpu_usage_nanoseconds;
    // A rotation may have removed a file: then less is there than before, and the rate is not known.
    const auto logged = after.log_bytes > before[at].log_bytes ? after.log_bytes - before[at].log_bytes : 0;
    samples.push_back({.container = containers[at].name,
                       .cores = static_cast<double>(cpu) / 1e9 / seconds,
                       .memory = after.cgroup.memory_usage,
                       .log_bytes_per_second = static_cast<double>(logged) / seconds});
  }
  return samples;
}

Result<std::optional<engine::Transfer>> read_transfer(engine::Engine& engine, const PlanOptions& options) {
  if (options.image.empty() && options.image_size.empty()) return std::optional<engine::Transfer>();
  if (options.link.empty()) {
    return Error(ErrorKind::kInvalidArgument, "the transfer of an image needs the link's rate")
        .with_hint("add --link 100mbit, and --latency 20ms");
  }
  engine::Transfer transfer;
  transfer.rate = TRY(engine::parse_rate(options.link));
  const auto latency = TRY(read_duration("--latency", options.latency));
  transfer.latency = std::chrono::duration<double>(latency).count();
  transfer.size = TRY(read_size("--image-size", options.image_size));
  if (!options.image.empty()) {
    const auto image = TRY(engine.store().find_image(options.image));
    transfer.size = image.manifest.config.size;
    for (const auto& layer : image.manifest.layers) transfer.size += layer.size;
    transfer.layers = static_cast<unsigned>(image.manifest.layers.size());
  }
  if (!options.layers.empty()) transfer.layers = static_cast<unsigned>(TRY(read_count("--layers", options.layers)));
  return std::optional(transfer);
}

}  // namespace

Result<int> plan_command(const Words& words) {
  const auto options = TRY(parse_plan_options(words));
  if (!options.format.empty() && options.format != "json") return bad_option("--format", options.format, "json");
  const auto count = TRY(read_count("--count", options.count));
  const auto interval = TRY(read_duration("--interval", options.interval));
  auto engine = TRY(open_engine());
  const auto transfer = TRY(read_transfer(engine, options));

  auto each = TRY(read_allocation(options));
  std::vector<engine::Difference> differences;
  if (!options.names.empty()) {
    each = engine::mean_usage(TRY(measure(engine, options.names, interval)));
    const auto measured = TRY(measure(engine, options.names, interval));
    differences = engine::compare_with_usage(each, measured);
  }
  const auto plan = engine::make_plan(each, count, read_machine(engine));
  const auto travel = transfer ? std::optional(engine::plan_transfer(*transfer)) : std::nullopt;
  if (options.format == "json") {
    std::cout << engine::render_plan_json(plan, travel, differences);
    return 0;
  }
  std::cout << engine::render_plan(plan);
  if (transfer) std::cout << "\n" << engine::render_transfer(*transfer, *travel);
  if (!differences.empty()) std::cout << "\n" << engine::render_differences(differences);
  return 0;
}

}  // namespace tare::cmd
