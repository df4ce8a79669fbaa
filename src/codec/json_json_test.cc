#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string failure_of(std::string_view text) {
  const auto document = parse_json(text);
  return document.ok() ? "parsed" : document.error().text();
}

TEST(Json, ReportsWhereTheTextIsNoJson) {
  EXPECT_THAT(failure_of("{\"a\":1,\n\"b\":}"), HasSubstr("invalid JSON: parse error at line 2, column 5"));
  EXPECT_THAT(failure_of(""), HasSubstr("invalid JSON"));
  EXPECT_THAT(failure_of("{} x"), HasSubstr("invalid JSON"));
  EXPECT_THAT(failure_of("[1,]"), HasSubstr("invalid JSON"));
  EXPECT_THAT(failure_of("\"\xff\""), HasSubstr("invalid JSON"));
  EXPECT_THAT(failure_of("1e999999"), HasSubstr("invalid JSON"));
}

TEST(Json, EveryTruncationIsAnError) {
  const std::string text = R"({"a":[1,2.5,true,null,"x\u00e4\\"],"b":{"c":"d"}})";
  ASSERT_TRUE(parse_json(text).ok());
  for (size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(parse_json(text.substr(0, i)).ok()) << i;
}

TEST(Json, LimitsSizeAndDepth) {
  EXPECT_THAT(failure_of(std::string(100'000, '[')), HasSubstr("nested deeper than 64"));
  EXPECT_EQ(failure_of(std::string(64, '[') + std::string(64, ']')), "parsed");
  EXPECT_EQ(failure_of('"' + std::string(1000, '[') + "\\\"[[\""), "parsed");
  EXPECT_EQ(parse_json("[1,2,3]", {.size = 6}).error().text(), "JSON of more than 6 bytes");
}

TEST(Json, OfEqualKeysTheLastWins) {
  const auto document = parse_json(R"({"a":1,"a":2})").value();
  EXPECT_EQ(JsonReader(document).integer("a").value(), 2);
}

TEST(Json, DumpsCanonically) {
  const auto document = parse_json(R"( { "b" : "<&/>\u00e4" , "a" : [ 1 , 2 ] } )").value();
  EXPECT_EQ(dump_json(document), "{\"a\":[1,2],\"b\":\"<&/>ä\"}");
  EXPECT_EQ(dump_json(Json("a\xff")), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(dump_json_indented(parse_json(R"({"a":1})").value(), 2), "{\n  \"a\": 1\n}");
}

class JsonReading : public testing::Test {
 protected:
  Json document_ = parse_json(R"({
    "name": "x", "count": 7, "negative": -7, "exponent": 1e3, "fraction": 1.5, "big": 18446744073709551615, "yes": true,
    "nothing": null, "config": {"Env": ["A=1", "B", 3]}, "list": ["a", "b"], "empty": [], "map": {"k": "v", "n": null}
  })")
                       .value();
  JsonReader root_{document_};
};

TEST_F(JsonReading, ReadsTypedMembers) {
  EXPECT_EQ(root_.string("name").value(), "x");
  EXPECT_EQ(root_.integer("count").value(), 7);
  EXPECT_EQ(root_.integer("negative").value(), -7);
  EXPECT_EQ(root_.integer("exponent").value(), 1000);
  EXPECT_EQ(root_.unsigned_integer("big").value(), UINT64_MAX);
  EXPECT_EQ(root_.number_or("fraction", 0).value(), 1.5);
  EXPECT_TRUE(root_.boolean_or("yes", false).value());
  EXPECT_THAT(root_.strings("list").value(), ElementsAre("a", "b"));
  EXPECT_THAT(root_.string_map("map").value(), ElementsAre(Pair("k", "v"), Pair("n", "")));
  EXPECT_EQ(root_.members("config").value().at(0).first, "Env");
}

TEST_F(JsonReading, AbsentAndNullGiveTheFallback) {
  for (const char* key : {"absent", "nothing"}) {
    EXPECT_EQ(root_.string_or(key, "d").value(), "d");
    EXPECT_EQ(root_.integer_or(key, -1).value(), -1);
    EXPECT_EQ(root_.unsigned_or(key, 1).value(), 1u);
    EXPECT_EQ(root_.number_or(key, 0.5).value(), 0.5);
    EXPECT_TRUE(root_.boolean_or(key, true).value());
    EXPECT_FALSE(root_.find_string(key).value().has_value());
    EXPECT_FALSE(root_.find_integer(key).value().has_value());
    EXPECT_FALSE(root_.find_boolean(key).value().has_value());
    EXPECT_FALSE(root_.find_strings(key).value().has_value());
    EXPECT_TRUE(root_.elements(key).value().empty());
    EXPECT_TRUE(root_.members(key).value().empty());
    EXPECT_TRUE(root_.strings(key).value().empty());
    EXPECT_TRUE(root_.string_map(key).value().empty());
  }
  EXPECT_TRUE(root_.find_strings("empty").value().has_value());
}

TEST_F(JsonReading, ErrorsCarryThePath) {
  const auto config = root_.require("config").value();
  EXPECT_EQ(config.strings("Env").error().text(), "config.Env[2]: expected a string, found a number");
  EXPECT_EQ(config.string("User").error().text(), "config.User: missing");
  EXPECT_EQ(root_.string("gone").error().text(), "gone: missing");
  EXPECT_EQ(root_.integer("name").error().text(), "name: expected a whole number, found a string");
  EXPECT_EQ(root_.unsigned_or("negative", 0).error().text(),
            "negative: expected a number of 0 or more, found a negative one");
  EXPECT_THAT(root_.integer("fraction").error().text(), HasSubstr("fraction: expected a whole number"));
  EXPECT_EQ(root_.integer("big").error().text(), "big: number too large");
  EXPECT_EQ(root_.boolean_or("name", true).error().text(), "name: expected a boolean, found a string");
  EXPECT_EQ(root_.string_map("list").error().text(), "list: expected an object, found an array");
  EXPECT_EQ(JsonReader(Json::array()).find("a").error().text(), "document: expected an object, found an array");
  EXPECT_EQ(config.find("x").value().has_value(), false);
}

}  // namespace
}  // namespace tare::codec
