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

// What versions 1.1 to 1.3 have added, and what is rare.
constexpr const char* kRare = R"({
  "ociVersion": "1.3.0",
  "process": {"cwd": "/", "scheduler": {"policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_RECLAIM"], "runtime": 1,
      "deadline": 2, "period": 3, "nice": -4, "priority": 5},
    "ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 6}, "execCPUAffinity": {"initial": "0", "final": "1-2"}},
  "mounts": [{"destination": "/m", "options": ["idmap"], "uidMappings": [{"containerID": 1, "hostID": 2, "size": 3}],
    "gidMappings": [{"containerID": 4, "hostID": 5, "size": 6}]}],
  "linux": {"timeOffsets": {"monotonic": {"secs": -7, "nanosecs": 8}}, "personality": {"domain": "LINUX32"},
    "netDevices": {"eth0": {"name": "inside"}}, "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0",
      "flags": ["MPOL_F_STATIC_NODES"]},
    "intelRdt": {"closID": "c", "l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=20", "schemata": ["L2:0=f"],
      "enableMonitoring": true},
    "resources": {"memory": {"useHierarchy": true}, "network": {"classID": 9, "priorities": [{"name": "eth0",
      "priority": 10}]}, "rdma": {"mlx5_1": {"hcaHandles": 11, "hcaObjects": 12}}}}})";

TEST(RuntimeSpec, ReadsWhatIsRare) {
  const auto spec = RuntimeSpec::parse(kRare);
  ASSERT_TRUE(spec.ok()) << spec.error().text();
  const Process& process = *spec->process;
  EXPECT_EQ(process.scheduler->deadline, 2u);
  EXPECT_EQ(process.scheduler->nice, -4);
  EXPECT_EQ(process.io_priority->priority, 6);
  EXPECT_EQ(process.exec_cpu_affinity->final_cpus, "1-2");
  EXPECT_EQ(spec->mounts[0].gid_mappings[0].host_id, 5u);
  const LinuxSection& section = spec->linux_section;
  EXPECT_EQ(section.time_offsets.at("monotonic").secs, -7);
  EXPECT_EQ(section.net_devices.at("eth0").name, "inside");
  EXPECT_EQ(section.memory_policy->nodes, "0");
  EXPECT_TRUE(section.intel_rdt->enable_monitoring);
  EXPECT_EQ(section.resources.network.priorities[0].priority, 10u);
  EXPECT_EQ(section.resources.rdma.at("mlx5_1").hca_objects, 12u);
  EXPECT_TRUE(spec->unsupported.empty());
}

TEST(RuntimeSpec, WritesWhatIsRare) {
  const auto spec = RuntimeSpec::parse(kRare);
  ASSERT_TRUE(spec.ok());
  const std::string written = spec->to_json();
  EXPECT_EQ(RuntimeSpec::parse(written)->to_json(), written);
  for (const char* part : {"SCHED_FLAG_RECLAIM", "IOPRIO_CLASS_RT", "\"final\":\"1-2\"", "\"hostID\":5", "\"secs\":-7",
                           "LINUX32", "\"name\":\"inside\"", "MPOL_BIND", "enableMonitoring", "useHierarchy",
                           "\"classID\":9", "hcaHandles", "MB:0=20", "L2:0=f"}) {
    EXPECT_NE(written.find(part), std::string::npos) << part;
  }
}

TEST(RuntimeSpec, NamesWhatItDoesNotHold) {
  const auto spec = RuntimeSpec::parse(
      R"({"ociVersion": "1.0", "windows": {}, "vm": null, "linux": {"intelRdt": {"enableCMT": true, "enableMBM": false}},
          "process": {"commandLine": "x"}})");
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->unsupported, (std::vector<std::string>{"windows", "linux.intelRdt.enableCMT"}));
  EXPECT_EQ(spec->process->unsupported, std::vector<std::string>{"process.commandLine"});
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
