#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/result.h"

namespace tare {
namespace {

Result<int> fail() { return Error::from_errno(ENOSPC, "write", "/a/b"); }
Result<int> add_context() { return fail().context("start container web"); }
Result<int> pass_on() { return TRY(add_context()) + 1; }

TEST(Error, ReadsFromTheOutsideIn) {
  const auto result = pass_on();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().text(), "start container web: write /a/b: No space left on device");
  EXPECT_EQ(result.error().kind(), ErrorKind::kExhausted);
  EXPECT_EQ(result.error().errno_value(), ENOSPC);
}

TEST(Error, RemembersWhereItWasMade) {
  const Error error = Failure(ErrorKind::kNotFound, "no such image: {}", "x");
  EXPECT_NE(std::string_view(error.origin().file).find("error_test.cc"), std::string_view::npos);
  EXPECT_EQ(error.text(), "no such image: x");
}

TEST(Error, CrossesAProcessBoundary) {
  const Error error = Failure(ErrorKind::kNoExecutable, "exec {}: gone", "/a").with_hint("install it");
  const Error copy = decode_error(encode_error(error));
  EXPECT_EQ(copy.kind(), ErrorKind::kNoExecutable);
  EXPECT_EQ(copy.text(), "exec /a: gone");
  EXPECT_EQ(copy.hint(), "install it");
}

}  // namespace
}  // namespace tare
