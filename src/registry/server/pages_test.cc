#include "registry/server/pages.h"

#include <gtest/gtest.h>

namespace tare::registry {
namespace {

using Names = std::vector<std::string>;

TEST(Page, IsEverythingWithoutACount) {
  const auto page = select_page({"a", "b", "c"}, std::nullopt, "");
  EXPECT_EQ(page.names, (Names{"a", "b", "c"}));
  EXPECT_FALSE(page.more);
}

TEST(Page, BeginsBehindTheLastName) {
  const auto page = select_page({"a", "b", "c", "d"}, 2, "a");
  EXPECT_EQ(page.names, (Names{"b", "c"}));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(select_page({"a", "c"}, std::nullopt, "b").names, (Names{"c"}));  // `last` was deleted meanwhile
}

TEST(Page, SaysWhenNothingFollows) {
  EXPECT_FALSE(select_page({"a", "b"}, 2, "").more);
  EXPECT_FALSE(select_page({"a", "b"}, 5, "").more);
  EXPECT_FALSE(select_page({"a", "b"}, 0, "").more);
  EXPECT_TRUE(select_page({}, 1, "").names.empty());
}

TEST(PageSize, IsANumber) {
  EXPECT_EQ(*parse_page_size(std::nullopt), std::nullopt);
  EXPECT_EQ(*parse_page_size("0"), std::optional<size_t>(0));
  for (const auto* n : {"", "-1", "a", "1.5", "99999999999999999999"}) EXPECT_FALSE(parse_page_size(n).ok()) << n;
}

}  // namespace
}  // namespace tare::registry
