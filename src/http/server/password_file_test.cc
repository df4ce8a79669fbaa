#include "http/server/password_file.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/base64.h"

namespace tare::http {
namespace {

// The password is "secret".
constexpr std::string_view kAnn = "ann:$2y$04$mMuRpUd0AEM0CfM/roEuOOG.UToYHHlLMNRw62X8Zp7arB5.xZapy";

std::string basic(std::string_view credentials) { return formatted("Basic {}", codec::encode_base64(credentials)); }

TEST(PasswordFile, AcceptsTheRightPassword) {
  const auto file = PasswordFile::parse(formatted("# users\n{}\n\n", kAnn), "file");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->accepts(basic("ann:secret")));
  EXPECT_TRUE(file->accepts(basic("ann:secret")));  // remembered
}

TEST(PasswordFile, RefusesEverythingElse) {
  const auto file = PasswordFile::parse(kAnn, "file");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(file->accepts(std::nullopt));
  EXPECT_FALSE(file->accepts(""));
  EXPECT_FALSE(file->accepts("Basic"));
  EXPECT_FALSE(file->accepts("Basic !!!"));
  EXPECT_FALSE(file->accepts("Bearer abc"));
  EXPECT_FALSE(file->accepts(basic("ann:Secret")));
  EXPECT_FALSE(file->accepts(basic("bob:secret")));
  EXPECT_FALSE(file->accepts(basic("ann")));
  EXPECT_FALSE(file->accepts(basic(std::string_view("ann:secret\0x", 12))));
}

TEST(PasswordFile, RefusesHashesItCannotCheck) {
  for (const auto* text : {"ann:secret", "ann:$apr1$x$y", "ann", ":$2y$05$x", "", "# nobody"}) {
    EXPECT_FALSE(PasswordFile::parse(text, "file").ok()) << text;
  }
  EXPECT_EQ(PasswordFile::parse("\nann:plain", "users").error().text(),
            "users:2: not \"user:hash\" with a bcrypt hash");
}

}  // namespace
}  // namespace tare::http
