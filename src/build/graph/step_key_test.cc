#include "build/graph/step_key.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

const std::vector<oci::Digest> kLayers{oci::Digest::of("a"), oci::Digest::of("b")};

TEST(StepKey, DependsOnEverythingThatIsAdded) {
  const auto key = StepKey("RUN", kLayers).add("a", "b").finish();
  EXPECT_EQ(key, StepKey("RUN", kLayers).add("a", "b").finish());
  EXPECT_NE(key, StepKey("COPY", kLayers).add("a", "b").finish());
  EXPECT_NE(key, StepKey("RUN", {kLayers[0]}).add("a", "b").finish());
  EXPECT_NE(key, StepKey("RUN", {kLayers[1], kLayers[0]}).add("a", "b").finish());
  EXPECT_NE(key, StepKey("RUN", kLayers).add("a", "c").finish());
}

TEST(StepKey, PartsDoNotRunIntoEachOther) {
  EXPECT_NE(StepKey("RUN", {}).add("ab", "c").finish(), StepKey("RUN", {}).add("a", "bc").finish());
  EXPECT_NE(StepKey("RUN", {}).add("a", "").add("b", "").finish(), StepKey("RUN", {}).add("a", "b").finish());
  EXPECT_NE(StepKey("RUN", {}).add("a", "1:1:xy").finish(), StepKey("RUN", {}).add("a", "").add("x", "y").finish());
}

}  // namespace
}  // namespace tare::build
