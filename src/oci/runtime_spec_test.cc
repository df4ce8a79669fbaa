#include "oci/runtime_spec.h"

#include <gtest/gtest.h>

namespace tare::oci {
namespace {

constexpr const char* kWhole = R"({
  "ociVersion": "1.0.2", "hostname": "h", "domainname": "d", "annotations": {"a": "b"},
  "root": {"path": "rootfs", "readonly": true},
  "process": {"terminal": true, "consoleSize": {"height": 24, "width": 80}, "cwd": "/w", "args": ["sh"],
    "user": {"uid": 1, "gid": 2, "umask": 18, "additionalGids": [5]}, "env": ["A=1"], "noNewPrivileges": true,
    "capabilities": {"bounding": ["CAP_KILL"]}, "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}],
    "oomScoreAdj": -5},
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]}],
  "hooks": {"poststop": [{"path": "/bin/true", "timeout": 3}]},
  "linux": {"namespaces": [{"type": "network", "path": "/x"}, {"type": "mount"}], "cgroupsPath": "/c",
    "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
    "devices": [{"type": "c", "path": "/dev/x", "major": 1, "minor": 3, "fileMode": 438}],
    "resources": {"memory": {"limit": 67108864, "swap": -1}, "cpu": {"quota": 50000, "period": 100000, "cpus": "0"},
      "pids": {"limit": 64}, "devices": [{"allow": false, "access": "rwm"}],
      "blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 7}]}, "unified": {"memory.high": "1"}},
    "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]},
    "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "sysctl": {"net.x": "1"}}})";

TEST(RuntimeSpec, IsReadField) {
  const auto spec = RuntimeSpec::parse(kWhole);
  ASSERT_TRUE(spec.ok()) << spec.error().text();
  EXPECT_EQ(spec->process->user.umask, 18u);
  EXPECT_EQ(spec->process->rlimits[0].hard, 2u);
  EXPECT_TRUE(spec->root->readonly);
  EXPECT_EQ(spec->linux_section.namespaces[0].type, NamespaceType::kNetwork);
  EXPECT_EQ(spec->linux_section.namespaces[0].path, "/x");
  EXPECT_EQ(spec->linux_section.resources.memory.swap, -1);
  EXPECT_EQ(spec->linux_section.resources.pids_limit, 64);
  EXPECT_EQ(spec->linux_section.resources.block_io.read_bps[0].rate, 7u);
  EXPECT_EQ(spec->linux_section.seccomp->syscalls[0].args[0].value, ~uint64_t{0});
  EXPECT_EQ(spec->hooks.poststop[0].timeout, 3);
  EXPECT_TRUE(spec->unsupported.empty());
}

TEST(RuntimeSpec, WritesWhatItReads) {
  const auto spec = RuntimeSpec::parse(kWhole);
  ASSERT_TRUE(spec.ok());
  const std::string written = spec->to_json();
  const auto again = RuntimeSpec::parse(written);
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->to_json(), written);
  for (const char* part :
       {"\"umask\":18", "\"limit\":67108864", "\"quota\":50000", "\"memory.high\"", "\"oomScoreAdj\":-5",
        "\"timeout\":3", "\"network\"", "18446744073709551615", "\"fileMode\":438"}) {
    EXPECT_NE(written.find(part), std::string::npos) << part;
  }
}

TEST(RuntimeSpec, NamesWhatItDoesNotHold) {
  const auto spec = RuntimeSpec::parse(
      R"({"ociVersion": "1.0", "linux": {"intelRdt": {}, "timeOffsets": null}, "process": {"scheduler": {}}})");
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->unsupported, std::vector<std::string>{"linux.intelRdt"});
  EXPECT_EQ(spec->process->unsupported, std::vector<std::string>{"process.scheduler"});
}

TEST(RuntimeSpec, AWrongTypeIsNamedWithItsPath) {
  const auto spec = RuntimeSpec::parse(R"({"ociVersion": "1.0", "process": {"user": {"uid": "root"}}})");
  ASSERT_FALSE(spec.ok());
  EXPECT_NE(spec.error().text().find("process.user.uid"), std::string::npos) << spec.error().text();
  EXPECT_FALSE(RuntimeSpec::parse(R"({"ociVersion":"1.0","process":{"user":{"uid":4294967296}}})").ok());
  EXPECT_FALSE(RuntimeSpec::parse(R"({"ociVersion":"1.0","linux":{"namespaces":[{"type":"pidd"}]}})").ok());
  EXPECT_FALSE(RuntimeSpec::parse("{}").ok());
}

}  // namespace
}  // namespace tare::oci
