// The examples of the specification's config-linux.md, as writes on both versions of cgroups.
#include "runtime/plan/cgroup_writes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kControllers[] = {"memory", "cpu", "cpuset", "pids", "devices", "hugetlb", "rdma"};

HostFacts v1_host() {
  HostFacts facts;
  facts.cgroups.version = os::CgroupVersion::kV1;
  for (const char* name : kControllers) {
    facts.cgroups.hierarchies.push_back({std::string("/sys/fs/cgroup/") + name, {name}, os::CgroupVersion::kV1});
  }
  for (const char* name : {"blkio", "net_cls", "net_prio"}) {
    facts.cgroups.hierarchies.push_back({std::string("/sys/fs/cgroup/") + name, {name}, os::CgroupVersion::kV1});
  }
  return facts;
}

HostFacts v2_host() {
  HostFacts facts;
  facts.cgroups.hierarchies.push_back({"/sys/fs/cgroup", {"io"}, os::CgroupVersion::kV2});
  for (const char* name : kControllers) facts.cgroups.hierarchies.front().controllers.emplace_back(name);
  return facts;
}

std::vector<std::string> lines(const Result<std::vector<CgroupWrite>>& writes) {
  if (!writes.ok()) return {writes.error().text()};
  std::vector<std::string> result;
  for (const auto& write : *writes) {
    std::string line = write.file + "=" + write.content;
    if (!write.other_file.empty()) line += " or " + write.other_file + "=" + write.other_content;
    if (write.only_if_there) line += " if there";
    result.push_back(line);
  }
  return result;
}

std::vector<std::string> on_v1(const oci::Resources& resources) {
  return lines(plan_cgroup_writes(resources, v1_host()));
}
std::vector<std::string> on_v2(const oci::Resources& resources) {
  return lines(plan_cgroup_writes(resources, v2_host()));
}

TEST(CgroupExamples, NothingAskedIsNothingWritten) {
  EXPECT_THAT(on_v1({}), IsEmpty());
  EXPECT_THAT(on_v2({}), IsEmpty());
}

TEST(CgroupExamples, Memory) {
  oci::Resources resources;
  resources.memory.limit = resources.memory.reservation = resources.memory.swap = 536870912;
  resources.memory.kernel = resources.memory.kernel_tcp = -1;
  resources.memory.swappiness = 0;
  resources.memory.disable_oom_killer = false;
  EXPECT_THAT(on_v1(resources), ElementsAre("memory.limit_in_bytes=536870912", "memory.memsw.limit_in_bytes=536870912",
                                            "memory.soft_limit_in_bytes=536870912", "memory.kmem.tcp.limit_in_bytes=-1",
                                            "memory.swappiness=0"));
  EXPECT_THAT(on_v2(resources), ElementsAre(HasSubstr("memory.swappiness")));
  resources.memory.swappiness.reset();
  EXPECT_THAT(on_v2(resources), ElementsAre("memory.max=536870912", "memory.swap.max=0", "memory.low=536870912"));
  resources.memory.limit = resources.memory.swap = resources.memory.reservation = -1;
  EXPECT_THAT(on_v2(resources), ElementsAre("memory.max=max", "memory.swap.max=max", "memory.low=max"));
}

TEST(CgroupExamples, Cpu) {
  oci::Resources resources;
  resources.cpu = {.shares = 1024,
                   .quota = 1000000,
                   .burst = 1000000,
                   .period = 500000,
                   .realtime_runtime = 950000,
                   .realtime_period = 1000000,
                   .cpus = "2-3",
                   .mems = "0-7",
                   .idle = 0};
  EXPECT_THAT(on_v1(resources),
              ElementsAre("cpu.shares=1024", "cpu.cfs_period_us=500000", "cpu.cfs_quota_us=1000000",
                          "cpu.cfs_burst_us=1000000", "cpu.rt_period_us=1000000", "cpu.rt_runtime_us=950000",
                          "cpu.idle=0", "cpuset.cpus=2-3", "cpuset.mems=0-7"));
  EXPECT_THAT(on_v2(resources), ElementsAre(HasSubstr("cpu.realtime")));
  resources.cpu.realtime_runtime.reset();
  resources.cpu.realtime_period.reset();
  EXPECT_THAT(on_v2(resources), ElementsAre("cpu.idle=0", "cpu.weight=39", "cpu.max=1000000 500000",
                                            "cpu.max.burst=1000000", "cpuset.cpus=2-3", "cpuset.mems=0-7"));
}

TEST(CgroupExamples, BlockIo) {
  oci::Resources resources;
  resources.block_io.weight = 10;
  resources.block_io.weight_device = {{8, 0, 500, {}}, {8, 16, 500, {}}};
  resources.block_io.read_bps = {{8, 0, 600}};
  resources.block_io.write_iops = {{8, 16, 300}};
  EXPECT_THAT(on_v1(resources),
              ElementsAre("blkio.bfq.weight=10 or blkio.weight=10",
                          "blkio.bfq.weight_device=8:0 500 or blkio.weight_device=8:0 500",
                          "blkio.bfq.weight_device=8:16 500 or blkio.weight_device=8:16 500",
                          "blkio.throttle.read_bps_device=8:0 600", "blkio.throttle.write_iops_device=8:16 300"));
  EXPECT_THAT(
      on_v2(resources),
      ElementsAre("io.bfq.weight=10 or io.weight=default 1", "io.bfq.weight=8:0 500 or io.weight=8:0 4950",
                  "io.bfq.weight=8:16 500 or io.weight=8:16 4950", "io.max=8:0 rbps=600", "io.max=8:16 wiops=300"));
  resources.block_io.leaf_weight = 10;
  EXPECT_THAT(on_v1(resources), ElementsAre(HasSubstr("blockIO.leafWeight")));
}

TEST(CgroupExamples, HugePages) {
  oci::Resources resources;
  resources.hugepage_limits = {{"2MB", 209715200}, {"64kb", 1000000}};
  EXPECT_THAT(on_v1(resources),
              ElementsAre("hugetlb.2MB.limit_in_bytes=209715200", "hugetlb.2MB.rsvd.limit_in_bytes=209715200 if there",
                          "hugetlb.64KB.limit_in_bytes=1000000", "hugetlb.64KB.rsvd.limit_in_bytes=1000000 if there"));
  EXPECT_THAT(on_v2(resources), ElementsAre("hugetlb.2MB.max=209715200", "hugetlb.2MB.rsvd.max=209715200 if there",
                                            "hugetlb.64KB.max=1000000", "hugetlb.64KB.rsvd.max=1000000 if there"));
}

TEST(CgroupExamples, Network) {
  oci::Resources resources;
  resources.network = {1048577, {{"eth0", 500}, {"eth1", 1000}}};
  EXPECT_THAT(on_v1(resources),
              ElementsAre("net_cls.classid=1048577", "net_prio.ifpriomap=eth0 500", "net_prio.ifpriomap=eth1 1000"));
  EXPECT_THAT(on_v2(resources), ElementsAre(HasSubstr("network.classID")));
}

TEST(CgroupExamples, Pids) {
  oci::Resources resources;
  resources.pids_limit = 32771;
  EXPECT_THAT(on_v1(resources), ElementsAre("pids.max=32771"));
  resources.pids_limit = -1;
  EXPECT_THAT(on_v2(resources), ElementsAre("pids.max=max"));
  resources.pids_limit = 0;
  EXPECT_THAT(on_v2(resources), ElementsAre("pids.max=1"));
}

TEST(CgroupExamples, Rdma) {
  oci::Resources resources;
  resources.rdma = {{"mlx5_1", {3, 10000}}, {"mlx4_0", {{}, 1000}}, {"rxe3", {{}, 10000}}};
  const auto expected = ElementsAre("rdma.max=mlx4_0 hca_object=1000", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
                                    "rdma.max=rxe3 hca_object=10000");
  EXPECT_THAT(on_v1(resources), expected);
  EXPECT_THAT(on_v2(resources), expected);
}

TEST(CgroupExamples, Unified) {
  oci::Resources resources;
  resources.unified = {{"io.max", "259:0 rbps=2097152 wiops=120\n253:0 rbps=2097152 wiops=120"},
                       {"hugetlb.1GB.max", "1073741824"},
                       {"cgroup.max.depth", "2"}};
  EXPECT_THAT(on_v2(resources),
              ElementsAre("cgroup.max.depth=2", "hugetlb.1GB.max=1073741824", "io.max=259:0 rbps=2097152 wiops=120",
                          "io.max=253:0 rbps=2097152 wiops=120"));
  EXPECT_THAT(on_v1(resources), ElementsAre(HasSubstr("this host uses cgroup v1")));
}

TEST(CgroupExamples, Devices) {
  oci::Resources resources;
  resources.devices = {{false, "", {}, {}, "rwm"}, {true, "c", 10, 229, "rw"}, {true, "b", 8, 0, "ra"}};
  auto writes = lines(plan_device_writes(resources, v1_host()));
  ASSERT_GT(writes.size(), 4u);
  writes.resize(4);
  EXPECT_THAT(writes,
              ElementsAre("devices.deny=a", "devices.deny=a", "devices.allow=c 10:229 rw", "devices.allow=b 8:0 r"));
}

TEST(CgroupExamples, ARuleOfAllTypesIsNoMoreThanItSays) {
  oci::Resources resources;
  resources.devices = {{true, "", 10, 229, "r"}, {true, "a", {}, {}, ""}};
  auto writes = lines(plan_device_writes(resources, v1_host()));
  ASSERT_GT(writes.size(), 4u);
  writes.resize(4);
  EXPECT_THAT(writes,
              ElementsAre("devices.deny=a", "devices.allow=b 10:229 r", "devices.allow=c 10:229 r", "devices.allow=a"));
}

}  // namespace
}  // namespace tare::runtime
