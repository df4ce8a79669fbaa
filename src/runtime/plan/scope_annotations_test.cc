#include "runtime/plan/scope_annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string property_of(const std::string& name, const std::string& value) {
  const auto planned = plan_scope_annotations({{"org.systemd.property." + name, value}});
  return planned.ok() ? planned->at(0) : planned.error().text();
}

TEST(ScopeAnnotations, OthersAreNobodysBusiness) {
  EXPECT_THAT(plan_scope_annotations({{"org.example", "x"}, {"org.systemd.other", "["}}).value(), IsEmpty());
}

TEST(ScopeAnnotations, RuncsExamples) {
  const auto planned = plan_scope_annotations({{"org.systemd.property.CollectMode", "'inactive-or-failed'"},
                                               {"org.systemd.property.TimeoutStopUSec", "uint64 123456789"}});
  EXPECT_THAT(planned.value(), ElementsAre("CollectMode:s=inactive-or-failed", "TimeoutStopUSec:t=123456789"));
}

TEST(ScopeAnnotations, ValuesHaveTheTypeThatGVariantGivesThem) {
  EXPECT_EQ(property_of("Weight", "5"), "Weight:i=5");
  EXPECT_EQ(property_of("Weight", " byte 0xff "), "Weight:y=255");
  EXPECT_EQ(property_of("Weight", "@x -7"), "Weight:x=-7");
  EXPECT_EQ(property_of("Weight", "1.5"), "Weight:d=1.5");
  EXPECT_EQ(property_of("Delegate", "true"), "Delegate:b=1");
  EXPECT_EQ(property_of("Description", R"("it's \"so\"\n")"), "Description:s=it's \"so\"\n");
  EXPECT_EQ(property_of("After", "[ 'a.service','b.service' ]"), "After:as=a.service\nb.service");
  EXPECT_EQ(property_of("After", "@as ['a.service']"), "After:as=a.service");
}

TEST(ScopeAnnotations, SecondsBecomeMicroseconds) {
  EXPECT_EQ(property_of("RuntimeMaxSec", "2"), "RuntimeMaxUSec:t=2000000");
  EXPECT_EQ(property_of("TimeoutStopSec", "0.25"), "TimeoutStopUSec:t=250000");
  EXPECT_EQ(property_of("TimeoutStopUSec", "uint64 5"), "TimeoutStopUSec:t=5");
  EXPECT_THAT(property_of("RuntimeMaxSec", "-1"), HasSubstr("RuntimeMaxSec: the value -1 cannot be read"));
  EXPECT_THAT(property_of("RuntimeMaxSec", "'soon'"), HasSubstr("cannot be read"));
}

TEST(ScopeAnnotations, WhatIsNoneIsRefusedByTheAnnotationsName) {
  EXPECT_THAT(property_of("a", "1"), HasSubstr("org.systemd.property.a"));
  EXPECT_THAT(property_of("Tasks=Max", "1"), HasSubstr("is no name"));
  for (const char* value : {"", "text", "'open", "uint16 70000", "byte -1", "[1]", "[]", "['a' 'b']", "['a'", "'a' b",
                            "@z 1", R"('\u1234')"}) {
    EXPECT_THAT(property_of("TasksMax", value), HasSubstr("org.systemd.property.TasksMax: the value")) << value;
  }
}

}  // namespace
}  // namespace tare::runtime
