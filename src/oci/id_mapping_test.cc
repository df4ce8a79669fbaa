#include "oci/id_mapping.h"

#include <gtest/gtest.h>

namespace tare::oci {
namespace {

TEST(IdMapping, FindsTheRangeOfAnId) {
  const std::vector<IdMapping> mappings = {{0, 1000, 1}, {1, 100'000, 65'536}};
  EXPECT_EQ(host_id(mappings, 0), 1000u);
  EXPECT_EQ(host_id(mappings, 1), 100'000u);
  EXPECT_EQ(host_id(mappings, 65'536), 165'535u);
  EXPECT_EQ(host_id(mappings, 65'537), std::nullopt);
  EXPECT_EQ(host_id({}, 0), std::nullopt);
}

TEST(IdMapping, ReachesTheLastId) {
  EXPECT_EQ(host_id({{0xfffffff0, 16, 15}}, 0xfffffffe), 30u);
  EXPECT_EQ(host_id({{0xfffffff0, 16, 15}}, 0xffffffff), std::nullopt);
}

}  // namespace
}  // namespace tare::oci
