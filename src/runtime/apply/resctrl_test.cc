// On a directory that stands for /sys/fs/resctrl, whose files the kernel would make with each group.
#include "runtime/apply/resctrl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "os/file.h"

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ResctrlGroups : public ::testing::Test {
 protected:
  void SetUp() override {
    mount_ = os::make_temporary_directory("/tmp", "tare-resctrl-test-").value();
    std::filesystem::create_directories(mount_ + "/info");
    put("/mon_groups/unused", "");
  }
  void TearDown() override { std::filesystem::remove_all(mount_); }

  void put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = mount_ + file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(os::write_file_atomic(path, text).ok());
  }
  std::string text(const std::string& file) const { return os::read_file(mount_ + file).value_or("absent"); }

  ResctrlPlan named(std::vector<std::string> schemata) const {
    return {mount_, mount_ + "/gold", true, std::move(schemata), ""};
  }

  std::string mount_;
};

TEST_F(ResctrlGroups, AGroupOfTheContainersOwnGoesWithIt) {
  const ResctrlPlan plan{mount_, mount_ + "/web", false, {"L3:0=f", "MB:0=20"}, ""};
  const auto groups = make_resctrl_groups(plan).value();
  EXPECT_THAT(groups, ElementsAre(mount_ + "/web"));
  put("/web/schemata", "");
  put("/web/tasks", "");
  ASSERT_TRUE(write_resctrl_limits(plan).ok());
  ASSERT_TRUE(enter_resctrl_groups(plan, 42).ok());
  EXPECT_EQ(text("/web/schemata"), "L3:0=f\nMB:0=20\n");
  EXPECT_EQ(text("/web/tasks"), "42");
  std::filesystem::remove(mount_ + "/web/schemata");
  std::filesystem::remove(mount_ + "/web/tasks");
  ASSERT_TRUE(remove_resctrl_groups(groups).ok());
  EXPECT_FALSE(os::exists(mount_ + "/web"));
  EXPECT_TRUE(remove_resctrl_groups(groups).ok());  // gone already
}

TEST_F(ResctrlGroups, ANamedGroupStays) {
  EXPECT_THAT(make_resctrl_groups(named({"L3:0=f"})).value(), IsEmpty());
  EXPECT_TRUE(os::exists(mount_ + "/gold"));
}

TEST_F(ResctrlGroups, ANamedGroupWithoutLimitsHasToBeThere) {
  const auto made = make_resctrl_groups(named({}));
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().text(), HasSubstr("there is no group " + mount_ + "/gold"));
  EXPECT_FALSE(os::exists(mount_ + "/gold"));
  put("/gold/schemata", "L3:0=f\n");
  EXPECT_TRUE(make_resctrl_groups(named({})).ok());
}

TEST_F(ResctrlGroups, ANamedGroupThatIsSetOtherwiseIsRefused) {
  put("/gold/schemata", "    L3:0=0f\n");
  EXPECT_TRUE(make_resctrl_groups(named({"L3:0=f"})).ok());
  const auto made = make_resctrl_groups(named({"L3:0=ff"}));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind(), ErrorKind::kConflict);
  EXPECT_THAT(made.error().text(), HasSubstr("L3:0=ff is asked for, and it has L3:0=0f"));
}

TEST_F(ResctrlGroups, TheMonitoringGroupIsTheContainersInAnyGroup) {
  const ResctrlPlan plan{mount_, mount_, true, {}, mount_ + "/mon_groups/web"};
  const auto groups = make_resctrl_groups(plan).value();
  EXPECT_THAT(groups, ElementsAre(mount_ + "/mon_groups/web"));
  put("/tasks", "");
  put("/mon_groups/web/tasks", "");
  ASSERT_TRUE(enter_resctrl_groups(plan, 42).ok());
  EXPECT_EQ(text("/tasks"), "42");
  EXPECT_EQ(text("/mon_groups/web/tasks"), "42");
}

TEST_F(ResctrlGroups, AFailureLeavesNoGroupAndTellsTheKernelsWords) {
  put("/info/last_cmd_status", "Out of RMIDs\n");
  // Here no mon_groups appears in a new group.
  const auto made = make_resctrl_groups({mount_, mount_ + "/web", false, {}, mount_ + "/web/mon_groups/web"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().hint(), "the kernel says: Out of RMIDs");
  EXPECT_FALSE(os::exists(mount_ + "/web"));
}

}  // namespace
}  // namespace tare::runtime
