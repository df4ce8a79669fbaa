#include "registry/client/credentials.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

namespace tare::registry {
namespace {

// Keeps one secret in a file beside itself.
constexpr std::string_view kHelper = R"sh(#!/bin/sh
cd "$(dirname "$0")" || exit 1
case $1 in
  get) read -r server; [ "$server" = broken.example ] && { echo boom; exit 1; }
       [ -f secret ] || { echo "credentials not found in native keychain"; exit 1; }; cat secret;;
  store) cat > secret;;
  erase) rm -f secret;;
esac
)sh";

class CredentialStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = os::make_temporary_directory("/tmp", "tare-credentials-").value(); }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(folder_).ok()); }
  void write(const std::string& text) { ASSERT_TRUE(os::write_file_atomic(store().path(), text).ok()); }
  CredentialStore store() const { return CredentialStore(folder_ + "/docker"); }
  void make_folder() { ASSERT_TRUE(os::make_directories(folder_ + "/docker").ok()); }
  std::optional<Credentials> find(const std::string& registry, const std::string& repository = "a/b") {
    auto found = store().find(registry, repository);
    EXPECT_TRUE(found.ok()) << found.error().text();
    return found.ok() ? *found : std::nullopt;
  }
  void install_helper() {
    const std::string path = folder_ + "/docker-credential-fake";
    ASSERT_TRUE(os::write_file_atomic(path, kHelper, 0755).ok());
    const std::string search = formatted("{}:{}", folder_, ::getenv("PATH"));
    ::setenv("PATH", search.c_str(), 1);
  }
  std::string folder_;
};

TEST_F(CredentialStoreTest, WithoutAFileThereAreNone) { EXPECT_EQ(find("r.example"), std::nullopt); }

TEST_F(CredentialStoreTest, ReadsWhatDockerWrote) {
  make_folder();
  write(R"({"auths": {"r.example:5000": {"auth": "dXNlcjpwYTpzcw=="},
                      "https://old.example/v1/": {"auth": "bzpw"},
                      "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
                      "token.example": {"auth": "eDo=", "identitytoken": "t0k"},
                      "mark.example": {}}})");
  EXPECT_EQ(find("r.example:5000"), (Credentials{"user", "pa:ss", ""}));
  EXPECT_EQ(find("old.example"), (Credentials{"o", "p", ""}));
  EXPECT_EQ(find("docker.io"), (Credentials{"hub", "pw", ""}));
  EXPECT_EQ(find("token.example")->identity_token, "t0k");
  EXPECT_EQ(find("mark.example"), std::nullopt);
  EXPECT_EQ(find("r.example"), std::nullopt) << "another port is another registry";
}

TEST_F(CredentialStoreTest, TheNarrowestKeyWins) {
  make_folder();
  write(R"({"auths": {"r.example": {"auth": "YTpi"}, "r.example/team": {"auth": "Yzpk"}}})");
  EXPECT_EQ(find("r.example", "team/app")->username, "c");
  EXPECT_EQ(find("r.example", "teams/app")->username, "a");
}

TEST_F(CredentialStoreTest, ADamagedFileIsAnErrorThatNamesIt) {
  make_folder();
  for (const std::string text :
       {"{", "[]", R"({"auths": {"r": {"auth": "!"}}})", R"({"auths": {"r": {"auth": "bm9jb2xvbg=="}}})"}) {
    write(text);
    const auto found = store().find("r", "a");
    ASSERT_FALSE(found.ok()) << text;
    EXPECT_NE(found.error().text().find("config.json"), std::string::npos);
  }
}

TEST_F(CredentialStoreTest, StoresKeepsAndErases) {
  make_folder();
  write(R"({"psFormat": "x", "auths": {"z.example": {"auth": "YTpi"}}, "detachKeys": "ctrl-e"})");
  EXPECT_EQ(store().store("a.example", {"me", "s3:cret", ""}).value(), CredentialStore::Stored::kInFile);
  EXPECT_EQ(find("a.example"), (Credentials{"me", "s3:cret", ""}));
  EXPECT_EQ(find("z.example")->username, "a");
  EXPECT_EQ(os::status(store().path())->st_mode & 0777, 0600u);
  EXPECT_TRUE(store().erase("a.example").value());
  EXPECT_FALSE(store().erase("a.example").value());
  const std::string text = os::read_file(store().path()).value();
  EXPECT_NE(text.find("psFormat"), std::string::npos);
  EXPECT_LT(text.find("psFormat"), text.find("detachKeys")) << "people keep their order";
}

TEST_F(CredentialStoreTest, MakesTheFolderForTheOwnerOnly) {
  ASSERT_TRUE(store().store("docker.io", {"u", "p", ""}).ok());
  EXPECT_EQ(os::status(folder_ + "/docker")->st_mode & 0777, 0700u);
  EXPECT_NE(os::read_file(store().path())->find("https://index.docker.io/v1/"), std::string::npos);
}

TEST_F(CredentialStoreTest, ASymbolicLinkStaysOne) {
  make_folder();
  ASSERT_TRUE(os::write_file_atomic(folder_ + "/real.json", "{}").ok());
  ASSERT_EQ(::symlink((folder_ + "/real.json").c_str(), store().path().c_str()), 0);
  ASSERT_TRUE(store().store("r.example", {"u", "p", ""}).ok());
  EXPECT_TRUE(S_ISLNK(os::link_status(store().path())->st_mode));
  EXPECT_NE(os::read_file(folder_ + "/real.json")->find("r.example"), std::string::npos);
}

TEST_F(CredentialStoreTest, HelpersHoldSecrets) {
  make_folder();
  install_helper();
  write(R"({"credHelpers": {"r.example": "fake"}, "auths": {"r.example": {}}})");
  EXPECT_EQ(find("r.example"), std::nullopt);
  EXPECT_EQ(store().store("r.example", {"u", "p", ""}).value(), CredentialStore::Stored::kInHelper);
  EXPECT_EQ(find("r.example"), (Credentials{"u", "p", ""}));
  EXPECT_EQ(os::read_file(store().path())->find("dTpw"), std::string::npos);
  EXPECT_TRUE(store().erase("r.example").value());
  EXPECT_EQ(find("r.example"), std::nullopt);
}

TEST_F(CredentialStoreTest, AHelperThatFailsIsTold) {
  make_folder();
  install_helper();
  write(R"({"credsStore": "fake"})");
  const auto found = store().find("broken.example", "a");
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().text().find("boom"), std::string::npos);
}

TEST_F(CredentialStoreTest, AMissingHelperOrAPathForOneIsTold) {
  make_folder();
  for (const std::string name : {"does-not-exist", "../../bin/sh", "a/b"}) {
    write(formatted(R"({{"credsStore": "{}"}})", name));
    const auto found = store().find("r.example", "a");
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_NE(found.error().text().find(name), std::string::npos) << found.error().text();
  }
}

TEST(CredentialKeys, FromNarrowToWide) {
  EXPECT_EQ(credential_keys("r:5", "a/b"), (std::vector<std::string>{"r:5/a/b", "r:5/a", "r:5"}));
  EXPECT_EQ(credential_keys("docker.io", "").front(), "https://index.docker.io/v1/");
}

}  // namespace
}  // namespace tare::registry
