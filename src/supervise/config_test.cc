#include "supervise/config.h"

#include <gtest/gtest.h>

namespace tare::supervise {
namespace {

TEST(Config, IsReadBackAsWritten) {
  Config config{.container_id = "abc", .data_directory = "/data", .run_directory = "/run", .cgroup_path = "/tare/abc"};
  config.overlay = OverlayRoot{"/layers", {"top", "bottom"}, "/upper", "/work", "/disk.img", true};
  config.terminal = config.open_stdin = config.stdin_once = true;
  config.log = {.keep = false, .maximum_file_size = 123, .maximum_files = 7};
  config.restart = {.when = Restart::kOnFailure, .maximum_retries = 3};
  config.healthcheck =
      oci::Healthcheck{.test = {"CMD", "true"}, .interval = 1, .timeout = 2, .start_period = 3, .retries = 4};
  config.seccomp_cache = "/cache";
  config.cleanup_command = {"/bin/tare", "container", "cleanup", "abc"};
  const auto parsed = Config::parse(config.to_json());
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->to_json(), config.to_json());
  EXPECT_EQ(parsed->overlay->lower_names, config.overlay->lower_names);
  EXPECT_EQ(parsed->overlay->disk, "/disk.img");
  EXPECT_EQ(parsed->restart.when, Restart::kOnFailure);
  EXPECT_EQ(parsed->log.maximum_file_size, 123U);
  EXPECT_EQ(parsed->healthcheck->retries, 4);
}

TEST(Config, DefaultsFillWhatIsAbsent) {
  const auto parsed = Config::parse(R"({"container_id":"a","data_directory":"/d","run_directory":"/r"})");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->log.keep);
  EXPECT_EQ(parsed->log.maximum_files, 5);
  EXPECT_FALSE(parsed->overlay);
  EXPECT_EQ(parsed->restart.when, Restart::kNo);
}

TEST(Config, RefusesWrongTypesByName) {
  const auto parsed =
      Config::parse(R"({"container_id":"a","data_directory":"/d","run_directory":"/r","log":{"keep":1}})");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text().find("log.keep"), std::string::npos) << parsed.error().text();
  EXPECT_FALSE(
      Config::parse(R"({"container_id":"a","data_directory":"/d","run_directory":"/r","restart":{"when":"?"}})"));
  EXPECT_FALSE(Config::parse("{}"));
  EXPECT_FALSE(Config::parse(""));
}

}  // namespace
}  // namespace tare::supervise
