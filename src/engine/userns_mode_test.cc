#include "engine/userns_mode.h"

#include <gtest/gtest.h>

namespace tare::engine {
namespace {

TEST(UsernsMode, KnowsTheModes) {
  EXPECT_FALSE(parse_userns_mode("")->automatic);
  EXPECT_FALSE(parse_userns_mode("host")->automatic);
  EXPECT_TRUE(parse_userns_mode("auto")->automatic);
  EXPECT_EQ(parse_userns_mode("auto")->size, 65'536u);
  EXPECT_EQ(parse_userns_mode("auto:size=1000")->size, 1000u);
}

TEST(UsernsMode, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"auto:", "auto:size=", "auto:size=0", "auto:size=9999999999", "auto:uidmapping=0:1:2",
                           "keep-id", "private", "AUTO"}) {
    EXPECT_FALSE(parse_userns_mode(text).ok()) << text;
  }
}

TEST(UsernsMode, RefusesWhatNeedsTheHostsRoot) {
  ContainerOptions options;
  options.userns_mode = "auto";
  EXPECT_TRUE(check_userns(options).ok());
  options.privileged = true;
  EXPECT_FALSE(check_userns(options).ok());
  options.userns_mode = "host";
  EXPECT_TRUE(check_userns(options).ok());
  options = {};
  options.userns_mode = "auto";
  options.pid_mode = "host";
  EXPECT_FALSE(check_userns(options).ok());
  options.pid_mode.clear();
  options.ipc_mode = "container:other";
  EXPECT_FALSE(check_userns(options).ok());
}

}  // namespace
}  // namespace tare::engine
