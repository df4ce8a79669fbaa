#include <gtest/gtest.h>

#include <csignal>

#include "engine/container_options.h"

namespace tare::engine {
namespace {

TEST(CheckOptions, AcceptsTheDefaults) { EXPECT_TRUE(check_options({}).ok()); }

TEST(CheckOptions, RefusesContradictions) {
  const auto refused = [](auto change) {
    ContainerOptions options;
    change(options);
    const auto checked = check_options(options);
    return !checked.ok() && checked.error().kind() == ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& o) { o.resources.memory = 1 << 20; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.memory_swap = 1 << 30; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.memory = 64 << 20, o.resources.memory_swap = 32 << 20; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.nano_cpus = 1'000'000'000, o.resources.cpu_quota = 5000; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.cpu_shares = 1 << 20; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.cpuset_cpus = "60000"; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.cpuset_cpus = "a-b"; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.oom_score_adj = 5000; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.ulimits = {{"nonsense", 10, 10}}; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.memory_swappiness = 101; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.memory_reservation = 1024; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.block_weight = 5; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.block_weight_devices = {{"/dev/a", 1001}}; }));
  EXPECT_TRUE(refused([](auto& o) { o.resources.cpu_realtime_runtime = 900, o.resources.cpu_realtime_period = 800; }));
  EXPECT_TRUE(refused([](auto& o) { o.device_cgroup_rules = {"x 1:3 mr"}; }));
  EXPECT_TRUE(refused([](auto& o) { o.cgroup_mode = "shared"; }));
  EXPECT_TRUE(refused([](auto& o) { o.auto_remove = true, o.restart.when = supervise::Restart::kAlways; }));
  EXPECT_TRUE(refused([](auto& o) { o.network = "host", o.publish_all = true; }));
  EXPECT_TRUE(refused([](auto& o) { o.name = "-x"; }));
  EXPECT_TRUE(refused([](auto& o) { o.mounts = {{.source = "/a", .target = "relative"}}; }));
  EXPECT_TRUE(refused([](auto& o) { o.stop_signal = "SIGNOPE"; }));
  EXPECT_TRUE(refused([](auto& o) { o.pid_mode = "private"; }));
  EXPECT_TRUE(refused([](auto& o) { o.pid_mode = "container:"; }));
  EXPECT_TRUE(refused([](auto& o) { o.ipc_mode = "none"; }));
  EXPECT_TRUE(refused([](auto& o) { o.uts_mode = "container:other"; }));
  EXPECT_FALSE(refused([](auto& o) { o.ipc_mode = "shareable", o.pid_mode = "container:x", o.uts_mode = "host"; }));
  EXPECT_TRUE(refused([](auto& o) { o.init = true, o.pid_mode = "host"; }));
}

TEST(CheckOptions, KnowsSignalsByNameAndNumber) {
  EXPECT_EQ(parse_signal("TERM").value(), SIGTERM);
  EXPECT_EQ(parse_signal("sigkill").value(), SIGKILL);
  EXPECT_EQ(parse_signal("10").value(), 10);
  EXPECT_EQ(parse_signal("RTMIN+3").value(), SIGRTMIN + 3);
  for (const char* wrong : {"", "0", "65", "NOPE", "RTMIN+99", "RTMIN-1"})
    EXPECT_FALSE(parse_signal(wrong).ok()) << wrong;
}

TEST(CheckOptions, KeepsEveryOptionInItsFile) {
  ContainerOptions options;
  options.image = "hello";
  options.entrypoint = std::vector<std::string>{"/bin/sh"};
  options.resources.memory = 64 << 20;
  options.ports = {{.mapping = {.host_address = {}, .host_port = 18080, .container_port = 8080}}};
  options.mounts = {{.type = MountOption::Type::kVolume, .source = "data", .target = "/data", .read_only = true}};
  options.restart = {.when = supervise::Restart::kOnFailure, .maximum_retries = 3};
  const auto copy = ContainerOptions::parse(options.to_json()).value();
  EXPECT_EQ(copy.to_json(), options.to_json());
  EXPECT_EQ(copy.entrypoint, options.entrypoint);
  EXPECT_EQ(copy.resources.memory, options.resources.memory);
  EXPECT_EQ(copy.ports[0].mapping, options.ports[0].mapping);
  EXPECT_EQ(copy.restart.maximum_retries, 3);
  EXPECT_FALSE(ContainerOptions::parse("{").ok());
}

}  // namespace
}  // namespace tare::engine
