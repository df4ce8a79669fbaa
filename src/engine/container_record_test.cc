#include <gtest/gtest.h>

#include "engine/container.h"

namespace tare::engine {
namespace {

TEST(ContainerRecord, LeavesOutWhatHasItsDefaultAndReadsItBack) {
  ContainerRecord record;
  record.id = "0123";
  record.options.image = "box:1";
  record.options.resources.memory = 0;  // not the same as none
  record.options.attach_stdout = !record.options.attach_stdout;
  record.options.log.maximum_files = 1;
  const auto text = record.to_json();
  EXPECT_NE(text.find("\"memory\":0"), std::string::npos);
  EXPECT_EQ(text.find("memory_swap"), std::string::npos);
  EXPECT_EQ(text.find("cap_add"), std::string::npos);

  const auto again = ContainerRecord::parse(text).value();
  EXPECT_EQ(again.id, record.id);
  EXPECT_EQ(again.options, record.options);
}

TEST(ContainerRecord, RefusesWhatIsNoObject) {
  EXPECT_FALSE(ContainerRecord::parse("[]").ok());
  EXPECT_FALSE(ContainerRecord::parse("{\"id\":\"0123\",\"options\":5}").ok());
}

}  // namespace
}  // namespace tare::engine
