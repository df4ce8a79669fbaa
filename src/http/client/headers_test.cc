#include "http/client/headers.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

TEST(Headers, CompareWithoutCase) {
  Headers headers = {{"Accept", "a"}, {"X", "1"}};
  headers.add("ACCEPT", "b");
  EXPECT_EQ(headers.all("accept"), (std::vector<std::string>{"a", "b"}));
  headers.set("accept", "c");
  EXPECT_EQ(headers.all("Accept"), std::vector<std::string>{"c"});
  headers.remove("x");
  EXPECT_FALSE(headers.find("X"));
}

}  // namespace
}  // namespace tare::http
