#include "oci/image_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::oci {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kId = "sha256:" + std::string(64, 'b');

TEST(ImageConfig, ReadsWhatDockerWrites) {
  const auto image = ImageConfig::parse(R"({
    "architecture": "arm", "variant": "v7", "os": "linux", "created": "2026-01-02T03:04:05Z", "author": "a",
    "config": {"User": "1:2", "Env": ["A=b"], "Entrypoint": ["/x"], "Cmd": null, "WorkingDir": "/w",
      "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "Volumes": {"/v": {}}, "Labels": {"k": "<&>"},
      "StopSignal": "SIGINT", "Shell": ["/bin/sh", "-c"], "OnBuild": ["RUN x"], "ArgsEscaped": true,
      "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30000000000, "Retries": 3}},
    "container_config": {"Hostname": "ignored"},
    "rootfs": {"type": "layers", "diff_ids": [")" +
                                        kId + R"("]},
    "history": [{"created_by": "COPY", "empty_layer": false}, {"created_by": "CMD", "empty_layer": true}]})")
                         .value();
  EXPECT_EQ(image.platform.string(), "linux/arm/v7");
  EXPECT_EQ(image.config.user, "1:2");
  EXPECT_THAT(image.config.entrypoint.value(), ElementsAre("/x"));
  EXPECT_FALSE(image.config.cmd.has_value());
  EXPECT_THAT(image.config.exposed_ports, ElementsAre("53/udp", "80/tcp"));
  EXPECT_THAT(image.config.volumes, ElementsAre("/v"));
  EXPECT_EQ(image.config.labels.at("k"), "<&>");
  EXPECT_EQ(image.config.stop_signal, "SIGINT");
  EXPECT_EQ(image.config.healthcheck->interval, 30'000'000'000);
  EXPECT_EQ(image.config.healthcheck->retries, 3);
  EXPECT_EQ(image.diff_ids.at(0).string(), kId);
  EXPECT_TRUE(image.history.at(1).empty_layer);
  EXPECT_EQ(ImageConfig::parse(image.to_json()).value().to_json(), image.to_json());
  EXPECT_THAT(image.to_json(), HasSubstr("<&>"));
}

TEST(ImageConfig, EmptyAndAbsentCommandsDiffer) {
  const auto image = ImageConfig::parse(R"({"config":{"Entrypoint":[]}})").value();
  EXPECT_TRUE(image.config.entrypoint.has_value());
  EXPECT_FALSE(image.config.cmd.has_value());
  EXPECT_THAT(image.to_json(), HasSubstr(R"("Entrypoint":[])"));
}

TEST(ImageConfig, OldImagesHaveACommandInOneString) {
  EXPECT_THAT(ImageConfig::parse(R"({"config":{"Cmd":"/bin/sh"}})").value().config.cmd.value(), ElementsAre("/bin/sh"));
}

TEST(ImageConfig, LittleIsRequired) {
  const auto image = ImageConfig::parse(R"({"config":null,"history":null,"rootfs":null})").value();
  EXPECT_EQ(image.platform.os, "linux");
  EXPECT_TRUE(image.diff_ids.empty());
}

TEST(ImageConfig, ErrorsNameTheField) {
  const auto failure = [](const char* json) { return ImageConfig::parse(json).error().text(); };
  EXPECT_EQ(failure(R"({"config":{"Env":["A=b",1]}})"), "config.Env[1]: expected a string, found a number");
  EXPECT_EQ(failure(R"({"config":{"Labels":{"a":[]}}})"), "config.Labels.a: expected a string, found an array");
  EXPECT_THAT(failure(R"({"rootfs":{"type":"zip"}})"), HasSubstr("rootfs: type 'zip' is unknown"));
  EXPECT_THAT(failure(R"({"rootfs":{"diff_ids":["x"]}})"), HasSubstr("rootfs: diff_ids: invalid digest 'x'"));
  EXPECT_THAT(failure("{"), HasSubstr("image configuration: invalid JSON"));
}

}  // namespace
}  // namespace tare::oci
