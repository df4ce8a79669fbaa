#include "registry/client/list_tags.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "http/client/test_server.h"

namespace tare::registry {
namespace {

TEST(ListTags, FollowsPages) {
  http::TestServer server([](const http::SeenRequest& request, http::TestConnection& connection) {
    const bool second = request.target.find("last=b") != std::string::npos;
    const std::string link = second ? "" : "Link: </v2/a/tags/list?last=b&n=2>; rel=\"next\"\r\n";
    connection.reply(200, link, second ? R"({"tags": ["c"]})" : R"({"name": "a", "tags": ["a", "b"]})");
  });
  const auto session = Session::connect(server.host(), "a", Access::kPull, {}).value();
  EXPECT_EQ(list_tags(*session).value(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(ListTags, PagesInACircleEnd) {
  http::TestServer server([](const http::SeenRequest&, http::TestConnection& connection) {
    connection.reply(200, "Link: </v2/a/tags/list>; rel=\"next\"\r\n", R"({"tags": ["a"]})");
  });
  const auto session = Session::connect(server.host(), "a", Access::kPull, {}).value();
  EXPECT_FALSE(list_tags(*session).ok());
}

TEST(NextPage, OnlyOfTheRightRelation) {
  EXPECT_EQ(next_page("</x>; rel=\"next\""), "/x");
  EXPECT_EQ(next_page("</x>; rel=next"), "/x");
  EXPECT_EQ(next_page("</x>; rel=\"prev\""), "");
  EXPECT_EQ(next_page("<unclosed; rel=\"next\""), "");
  EXPECT_EQ(next_page(""), "");
}

}  // namespace
}  // namespace tare::registry
