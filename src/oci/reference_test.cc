#include "oci/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::oci {
namespace {

using testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Valid {
  std::string text;
  std::string canonical;
  std::string familiar;
};

class ValidReference : public testing::TestWithParam<Valid> {};

TEST_P(ValidReference, IsResolvedAsDockerDoes) {
  const auto reference = ImageReference::parse(GetParam().text);
  ASSERT_TRUE(reference.ok()) << GetParam().text << ": " << reference.error().text();
  EXPECT_EQ(reference->canonical(), GetParam().canonical);
  EXPECT_EQ(reference->familiar(), GetParam().familiar);
  EXPECT_EQ(ImageReference::parse(reference->canonical()).value(), *reference);
  EXPECT_EQ(ImageReference::parse(reference->familiar()).value(), *reference);
}

INSTANTIATE_TEST_SUITE_P(
    Names, ValidReference,
    testing::Values(Valid{"hello", "docker.io/library/hello:latest", "hello:latest"},
                    Valid{"hello:1.0", "docker.io/library/hello:1.0", "hello:1.0"},
                    Valid{"library/hello", "docker.io/library/hello:latest", "hello:latest"},
                    Valid{"docker.io/hello", "docker.io/library/hello:latest", "hello:latest"},
                    Valid{"index.docker.io/hello", "docker.io/library/hello:latest", "hello:latest"},
                    Valid{"docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
                    Valid{"shop/hello", "docker.io/shop/hello:latest", "shop/hello:latest"},
                    Valid{"a/b/c", "docker.io/a/b/c:latest", "a/b/c:latest"},
                    Valid{"localhost/a", "localhost/a:latest", "localhost/a:latest"},
                    Valid{"localhost:5000/a/b", "localhost:5000/a/b:latest", "localhost:5000/a/b:latest"},
                    Valid{"localhost:5000/a:5000", "localhost:5000/a:5000", "localhost:5000/a:5000"},
                    Valid{"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"},
                    Valid{"quay.io/a/b:v1", "quay.io/a/b:v1", "quay.io/a/b:v1"},
                    Valid{"127.0.0.1:5000/a", "127.0.0.1:5000/a:latest", "127.0.0.1:5000/a:latest"},
                    Valid{"[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest"},
                    Valid{"[fd00:1:2::3]/a", "[fd00:1:2::3]/a:latest", "[fd00:1:2::3]/a:latest"},
                    Valid{"REGISTRY/a", "REGISTRY/a:latest", "REGISTRY/a:latest"},
                    Valid{"a-b.example.com:80/c", "a-b.example.com:80/c:latest", "a-b.example.com:80/c:latest"},
                    Valid{"a.b_c-d__e---f", "docker.io/library/a.b_c-d__e---f:latest", "a.b_c-d__e---f:latest"},
                    Valid{"a:_tag.With-UPPER", "docker.io/library/a:_tag.With-UPPER", "a:_tag.With-UPPER"},
                    Valid{"a@" + kDigest, "docker.io/library/a@" + kDigest, "a@" + kDigest},
                    Valid{"a:1@" + kDigest, "docker.io/library/a:1@" + kDigest, "a:1@" + kDigest},
                    Valid{"r.io:1/a@" + kDigest, "r.io:1/a@" + kDigest, "r.io:1/a@" + kDigest},
                    Valid{std::string(63, 'a'), "docker.io/library/" + std::string(63, 'a') + ":latest",
                          std::string(63, 'a') + ":latest"},
                    Valid{std::string(64, 'g'), "docker.io/library/" + std::string(64, 'g') + ":latest",
                          std::string(64, 'g') + ":latest"},
                    Valid{"a:" + std::string(128, 't'), "docker.io/library/a:" + std::string(128, 't'),
                          "a:" + std::string(128, 't')}));

struct Invalid {
  std::string text;
  std::string reason;
};

class InvalidReference : public testing::TestWithParam<Invalid> {};

TEST_P(InvalidReference, SaysWhatIsWrong) {
  const auto reference = ImageReference::parse(GetParam().text);
  ASSERT_FALSE(reference.ok()) << GetParam().text << " gave " << reference->canonical();
  EXPECT_EQ(reference.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(reference.error().text(), HasSubstr(GetParam().reason)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Names, InvalidReference,
    testing::Values(
        Invalid{"", "invalid reference format: the name is empty"},
        Invalid{"Hello", "invalid reference format: repository name must be lowercase"},
        Invalid{"shop/Hello:1", "repository name must be lowercase"},
        Invalid{"quay.io/A", "repository name must be lowercase"},
        Invalid{"Uppercase/lowercase/X", "repository name must be lowercase"}, Invalid{"a//b", "empty component"},
        Invalid{"/a", "empty component"}, Invalid{"a/", "empty component"}, Invalid{"quay.io//a", "empty component"},
        Invalid{"quay.io/", "the name is empty"}, Invalid{"docker.io/", "the name is empty"}, Invalid{":tag", "empty"},
        Invalid{"a:", "the tag is empty"}, Invalid{"a:.x", "bad tag '.x'"}, Invalid{"a:-x", "bad tag '-x'"},
        Invalid{"a:b:c", "bad tag 'b:c'"}, Invalid{"a:b/c", "bad"}, Invalid{"a:t\xc3\xa4g", "bad tag"},
        Invalid{"a:" + std::string(129, 't'), "more than 128 characters"},
        Invalid{"a__b___c", "bad repository name component"}, Invalid{"a..b", "bad repository name component 'a..b'"},
        Invalid{"a._b", "bad repository name component"}, Invalid{"-a", "bad repository name component"},
        Invalid{"a-", "bad repository name component"}, Invalid{"_a/b", "bad repository name component"},
        Invalid{"a b", "bad repository name component"}, Invalid{"a\nb", "bad repository name component"},
        Invalid{"../a", "bad"}, Invalid{"https://quay.io/a", "empty component"},
        Invalid{"-a.com/b", "bad registry name"}, Invalid{"a.-b.com/c", "bad registry name"},
        Invalid{"a.com:x/c", "bad registry name"}, Invalid{"a..com/c", "bad registry name"},
        Invalid{"a.com:/c", "bad registry name"}, Invalid{"[::1/a", "bad registry name"},
        Invalid{"[g::1]/a", "bad registry name"}, Invalid{"a_b.com/c", "bad registry name"},
        Invalid{"a@", "invalid digest"}, Invalid{"a@sha256:abc", "needs 64 digits"},
        Invalid{"a@md5:" + std::string(32, 'a'), "unsupported algorithm 'md5'"},
        Invalid{"a@" + kDigest + "@" + kDigest, "invalid digest"}, Invalid{"@" + kDigest, "empty"},
        Invalid{std::string(64, 'a'), "cannot specify 64-byte hexadecimal strings"},
        Invalid{"a/" + std::string(255, 'a'), "not be more than 255 characters"}));

TEST(ImageReference, LongNamesNeedNoDeepStack) {
  EXPECT_FALSE(ImageReference::parse(std::string(10'000'000, 'a')).ok());
  EXPECT_FALSE(ImageReference::parse(std::string(1'000'000, '/')).ok());
}

TEST(ImageReference, PartsCanBeReplaced) {
  const auto hello = ImageReference::parse("quay.io/shop/hello").value();
  EXPECT_EQ(hello.registry(), "quay.io");
  EXPECT_EQ(hello.repository(), "shop/hello");
  EXPECT_EQ(hello.with_tag("2").familiar(), "quay.io/shop/hello:2");
  const auto pinned = hello.with_digest(Digest::parse(kDigest).value());
  EXPECT_EQ(pinned.familiar(), "quay.io/shop/hello@" + kDigest);
  EXPECT_EQ(pinned.with_tag("2").familiar(), "quay.io/shop/hello:2");
  EXPECT_EQ(hello.familiar_name(), "quay.io/shop/hello");
}

}  // namespace
}  // namespace tare::oci
