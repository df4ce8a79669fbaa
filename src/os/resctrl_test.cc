// On a directory that stands for /sys/fs/resctrl: few machines have the real one.
#include "os/resctrl.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/file.h"

namespace tare::os {
namespace {

class ResctrlTest : public ::testing::Test {
 protected:
  void SetUp() override { mount_ = make_temporary_directory("/tmp", "tare-resctrl-test-").value(); }
  void TearDown() override { std::filesystem::remove_all(mount_); }
  void put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = mount_ + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_file_atomic(path, text).ok());
  }
  std::string mount_;
};

TEST_F(ResctrlTest, TellsWhatCanBeSharedOut) {
  put("info/last_cmd_status", "ok\n");
  put("info/L3/cbm_mask", "fffff\n");
  put("info/MB/min_bandwidth", "10\n");
  EXPECT_EQ(resctrl_resources(mount_), (std::set<std::string>{"L3", "MB"}));
  EXPECT_TRUE(resctrl_resources(mount_ + "/none").empty());
}

TEST_F(ResctrlTest, ReadsLimitsAndCounters) {
  put("info/L3/cbm_mask", "7ff\n");
  put("info/L3/min_cbm_bits", "1\n");
  put("info/L3/num_closids", "16\n");
  put("schemata", "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n");
  put("web/schemata", "    MB:0= 20;1= 70\n    L3:0=7f0;1=01f\n");
  put("web/mon_groups/one/mon_data/mon_L3_00/llc_occupancy", "65536\n");
  put("web/mon_groups/one/mon_data/mon_L3_00/mbm_total_bytes", "Unavailable\n");
  put("web/mon_groups/one/mon_data/mon_L3_01/mbm_local_bytes", "7\n");
  const auto read = read_resctrl_statistics(mount_, mount_ + "/web", mount_ + "/web/mon_groups/one");
  ASSERT_TRUE(read.cache);
  EXPECT_EQ(read.cache->mask, "7ff");
  EXPECT_EQ(read.cache->groups, 16U);
  EXPECT_FALSE(read.bandwidth);
  EXPECT_EQ(read.root_schemata.back(), "L3:0=7ff;1=7ff");
  EXPECT_EQ(read.schemata.front(), "MB:0= 20;1= 70");
  ASSERT_EQ(read.domains.size(), 2U);
  EXPECT_EQ(read.domains[0].occupancy, 65536U);
  EXPECT_FALSE(read.domains[0].total_traffic);
  EXPECT_EQ(read.domains[1].local_traffic, 7U);
}

}  // namespace
}  // namespace tare::os
